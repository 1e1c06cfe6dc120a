"""Check of the hash chain: each manifest and snapshot holds the hashes of those before it.

Manifests below the newest snapshot are looked at too, as long as the retention keeps them.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from healthtrends.errors import DamageFound
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.verify.findings import Finding, failed, passed

_REPAIR = "compare `_ht/log` with a backup of the root; do not ingest before"
_REPAIR_UNSEALED = (
    "is the key new? `healthtrends run DATE`, then verify again; else compare `_ht/log` with a backup"
)
_AT_ONCE = 64


class _Link(NamedTuple):
    """Links of a manifest, without its files, which may be many."""

    seq: int
    sha256: str | None = None
    """Of its bytes; None: it is missing or cannot be read."""
    problem: str = ""
    previous: str | None = None
    snapshot: tuple[int, str] | None = None
    is_sealed: bool | None = None
    sealed_since: int | None = None


class _Head(NamedTuple):
    """Hashes of a snapshot."""

    manifest: str | None
    """Of the manifest of its number, as it says."""
    own: str | None
    """Of its own head."""


def check_links(log: CommitLog, state: State, *, whole: bool) -> Iterator[Finding]:
    """Each manifest holds the hash of the one before, each snapshot that of its manifest.

    `whole`: also of the manifests below the newest snapshot, else of those above it.
    """
    first = log.oldest_kept(state.snapshot) if whole else min(state.snapshot + 1, state.seq)
    heads = dict(_heads(log))
    before = heads[first - 1].manifest if not whole and first - 1 in heads else None
    found = log.pool.stream(lambda seq: _link(log, seq), range(first, state.seq + 1), _AT_ONCE)
    faults = list(_faults(log, heads, found, before, _sealed_since(log, state)))
    if faults and whole:
        # A snapshot may have pruned meanwhile what was missed.
        oldest = log.layout.commit(log.oldest_kept(log.snapshots.newest()))
        faults = [fault for fault in faults if (fault["file"] or oldest) >= oldest]
    yield from faults or [passed("links", _summary(state, first))]


def _heads(log: CommitLog) -> Iterator[tuple[int, _Head]]:
    for number in log.snapshots.numbers():
        with suppress(FileNotFoundError):  # pruned meanwhile
            snapshot = log.snapshots.load(number)
            yield number, _Head(snapshot.head, snapshot.snapshot_sha256)


def _link(log: CommitLog, seq: int) -> _Link:
    try:
        manifest, sha256, sealed = log.read_stored(seq)
    except FileNotFoundError:
        return _Link(seq, None, "it is missing")
    except DamageFound as damage:
        return _Link(seq, None, str(damage))
    return _Link(seq, sha256, "", manifest.previous, manifest.snapshot, sealed, manifest.sealed_since)


def _sealed_since(log: CommitLog, state: State) -> int | None:
    """First commit that must be sealed, as the newest says, which must be sealed itself; None: no key."""
    if log.seal.key is None or not state.seq:
        return None
    newest = _link(log, state.seq)
    return newest.sealed_since or state.seq if newest.is_sealed else state.seq


def _faults(
    log: CommitLog, heads: dict[int, _Head], links: Iterator[_Link], before: str | None, since: int | None
) -> Iterator[Finding]:
    linked, sealed = before is not None, False
    newest = max(heads, default=0)
    for link in links:
        path = log.layout.commit(link.seq)
        if link.problem:
            yield failed("links", link.problem, _REPAIR, path)
        elif link.previous is None and linked:
            yield failed("links", "it does not name the commit before it, as earlier ones do", _REPAIR, path)
        elif link.previous is not None and before is not None and link.previous != before:
            earlier = log.layout.commit(link.seq - 1)
            yield failed("links", f"commit {link.seq} was made on another content of it", _REPAIR, earlier)
        must = sealed or (since is not None and link.seq >= since)
        if link.is_sealed is False or (must and link.is_sealed is None and not link.problem):
            repair = _REPAIR if sealed else _REPAIR_UNSEALED
            yield failed("links", "it is not sealed with the key, as it should be", repair, path)
        yield from _wrong_snapshots(log, heads, link)
        if link.snapshot is not None and link.snapshot[0] > newest:  # pruning leaves the newest ones
            newest = link.snapshot[0]
            path = log.layout.snapshot(newest)
            yield failed("links", f"it is missing, and commit {link.seq} was made on it", _REPAIR, path)
        before = link.sha256
        linked, sealed = linked or link.previous is not None, sealed or link.is_sealed is True


def _wrong_snapshots(log: CommitLog, heads: dict[int, _Head], link: _Link) -> Iterator[Finding]:
    at_this, named = heads.get(link.seq), link.snapshot
    if at_this is not None and link.sha256 and at_this.manifest not in (None, link.sha256):
        path = log.layout.commit(link.seq)
        yield failed("links", "the snapshot of its number was made on another content of it", _REPAIR, path)
    if named is not None and named[0] in heads and heads[named[0]].own != named[1]:
        path = log.layout.snapshot(named[0])
        yield failed("links", f"commit {link.seq} was made on another content of it", _REPAIR, path)


def _summary(state: State, first: int) -> str:
    since = state.linked_from
    if since is None:
        return "no commit holds the hash of the one before: an earlier version wrote them"
    older = "" if since <= first else f"; those before {since} are of an earlier version and are not covered"
    return f"commits {max(since, first)} to {state.seq} and their snapshots hold each other's hashes{older}"
