"""What a `verify` proved, kept in the root: the commit, its hash, and when all was looked at last.

The hash ties it to the log: a witness fits only the history that it was made of. With `verify.key_file` it is
sealed, so that nobody without the key can make one; without the key anybody can who may write in the root.
"""

from contextlib import suppress

import msgspec

from healthtrends import __version__, clock
from healthtrends.errors import DamageFound, HealthTrendsError, UsageError
from healthtrends.observe import debug_event
from healthtrends.storage.layout import SEQ_DIGITS, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.root_format import put_whole
from healthtrends.storage.seal import ZEROS
from healthtrends.storage.state import State


class StoredWitness(msgspec.Struct, frozen=True, kw_only=True):
    """One proof that found no fault."""

    seq: int
    sha256: str
    """Of manifest `seq`."""
    verified_at: str
    program_version: str
    whole_seq: int
    """Newest commit at which everything was looked at; before `seq`: only what was new since."""
    whole_at: str
    seal: str
    """Kind and seal of this file, as of run records."""


_DECODER = msgspec.json.Decoder(StoredWitness)


def keep_witness(log: CommitLog, state: State, since: StoredWitness | None = None) -> None:
    """Keep that `state` was proved, whole or since an earlier proof; older ones go. A failure is logged."""
    if state.head is None:
        return
    now = clock.now().isoformat(timespec="milliseconds")
    found = StoredWitness(
        seq=state.seq,
        sha256=state.head,
        verified_at=now,
        program_version=__version__,
        whole_seq=since.whole_seq if since else state.seq,
        whole_at=since.whole_at if since else now,
        seal=f"{log.seal.kind}:{ZEROS}",
    )
    content = log.seal.put(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    folder = log.layout.verified
    name = f"{state.seq:0{SEQ_DIGITS}d}-{new_nonce()}.json"
    try:
        older = _names(log)
        put_whole(log.store, log.layout.aside_of(f"{folder}/{name}"), f"{folder}/{name}", content)
        log.pool.delete_all(f"{folder}/{each}" for each in older if each <= name)
    except (OSError, HealthTrendsError) as error:  # whoever may only read proves too
        debug_event("verify.witness_not_kept", error=type(error).__name__)


def newest_witness(log: CommitLog) -> StoredWitness:
    """Read the newest one. Raises UsageError when there is none, DamageFound when its seal does not fit."""
    for name in reversed(_names(log)):
        with suppress(FileNotFoundError):
            path = f"{log.layout.verified}/{name}"
            return _checked(log, path, log.store.read(path))
    raise UsageError(
        "no proof is on record", "a whole `healthtrends verify` that finds no fault keeps one", "run it first"
    )


def _checked(log: CommitLog, path: str, content: bytes) -> StoredWitness:
    try:
        found = _DECODER.decode(content)
    except msgspec.DecodeError as error:
        raise DamageFound(
            f"{path} cannot be read", str(error), "`healthtrends verify` looks at all"
        ) from error
    kind, _, seal = found.seal.partition(":")
    if kind != log.seal.kind or not log.seal.fits(content, seal):
        raise DamageFound(
            f"the seal of {path} does not fit",
            "it was changed, or made under another key",
            "`healthtrends verify` looks at all",
        )
    return found


def _names(log: CommitLog) -> list[str]:
    """Names of the witnesses, by commit."""
    names = (entry.name for entry in log.store.list(log.layout.verified))
    return sorted(name for name in names if name.endswith(".json"))
