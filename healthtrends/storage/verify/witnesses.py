"""Check against witnesses: run records and noted heads that name a commit. The log must still have it.

A log cut at its end, or replaced by an older copy, is consistent in itself; only a witness shows it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from healthtrends.errors import UsageError
from healthtrends.observe import counted
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.verify.findings import Finding, failed, passed

_REPAIR = "the log was cut or replaced: restore the root from a backup; do not ingest before"


class Witness(NamedTuple):
    """Number and hash of a commit, noted outside the log."""

    seq: int
    sha256: str | None
    """Hash of manifest `seq`; None: only the number was noted."""
    file: str | None = None
    """Where it is written; None: on the command line."""


def parse_witness(text: str) -> Witness:
    """Witness of the command line, `SEQ:HASH`. Raises UsageError."""
    found = re.fullmatch(r"(\d{1,12}):([0-9a-f]{64})", text.strip().lower())
    if found is None:
        raise UsageError(
            f"{text!r} is no head of a log",
            "it is a number, a colon and 64 hex digits",
            "`healthtrends verify` prints it",
        )
    return Witness(int(found[1]), found[2])


def find_contradiction(log: CommitLog, state: State, witness: Witness) -> str | None:
    """Return how the log differs from what a witness noted; None: it does not, or the commit is pruned."""
    if witness.seq > state.seq:
        return f"it names commit {witness.seq}, the log ends with {state.seq}"
    if witness.sha256 is None or not witness.seq:
        return None
    if witness.seq == state.seq and state.head is not None:
        found: str | None = state.head
    else:
        found = log.sha256_of(witness.seq)
    return None if found in (None, witness.sha256) else f"it names commit {witness.seq} with another content"


def check_witnesses(log: CommitLog, state: State, witnesses: Iterable[Witness]) -> Iterator[Finding]:
    """None of them saw a commit that the log does not have."""
    seen = list(witnesses)
    detail = [find_contradiction(log, state, witness) for witness in seen]
    wrong = [(witness, fault) for witness, fault in zip(seen, detail, strict=True) if fault]
    for witness, fault in wrong:
        yield failed("witnesses", fault, _REPAIR, witness.file)
    if not wrong:
        yield passed("witnesses", f"the log has the commits that {counted(len(seen), 'run record')} named")


def check_expected(log: CommitLog, state: State, witness: Witness) -> Iterator[Finding]:
    """The log has the commit that the caller names; one whose manifest is pruned cannot be compared."""
    fault = find_contradiction(log, state, witness)
    if fault:
        yield failed("expect", fault.replace("it names", "expected was"), _REPAIR)
        return
    if witness.seq < state.seq and log.sha256_of(witness.seq) is None:
        detail = f"commit {witness.seq} is too old to be compared, its manifest is pruned"
        yield failed("expect", detail, "use a newer head")
        return
    yield passed("expect", f"commit {witness.seq} is there as expected")
