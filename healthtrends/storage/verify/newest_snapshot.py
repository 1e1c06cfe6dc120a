"""Check of the newest snapshot: built again from the one before it and the manifests between them."""

from collections.abc import Iterator

from healthtrends.errors import HdfsUnavailable
from healthtrends.storage.file_index import Folder
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.verify.findings import Finding, failed, passed

_FOLDERS: tuple[Folder, ...] = ("date", "ingested", "received")
_SUMS = (
    "messages_stored",
    "messages_rejected",
    "messages_skipped",
    "parts_rejected",
    "unresolved",
    "offsets_covered",
    "offsets_lost",
    "offsets_unreadable",
    "offsets_empty",
    "offsets_unrecorded",
    "unrecorded_until",
    "head",
    "linked_from",
    "identity",
    "key_id",
    "formats",
    "opt_out",
    "adoptions",
    "annotations",
    "spends",
    "erased",
    "erasure",
    "erased_until",
    "expired",
    "lines_expired",
    "rejects_expired",
    "ranges_gone",
    "retired",
)


def check_snapshot(log: CommitLog, state: State) -> Iterator[Finding]:
    """The snapshot says what the manifests say."""
    if not state.snapshot:
        return
    *older, earlier = [0, *(number for number in log.snapshots.numbers() if number < state.snapshot)]
    try:
        findings = list(_compare(log, state, earlier))
    except HdfsUnavailable:
        if not any(older):
            raise
        # A head that came in long after a newer one may name lists that are gone; nobody else reads it.
        findings = list(_compare(log, state, older[-1]))
    yield from findings


def _compare(log: CommitLog, state: State, earlier: int) -> Iterator[Finding]:
    """Build the snapshot of a state again from an earlier one; 0: from the commits alone."""
    try:
        rebuilt, stored = log.rebuilt(earlier, state.snapshot), log.snapshots.load(state.snapshot)
    except FileNotFoundError:
        return  # the check of the links names the manifest, or it was pruned meanwhile
    if earlier + 1 < log.oldest_kept(log.snapshots.newest()):
        return  # pruned; what a late writer may have put at such a number is no commit
    if stored.head is None and rebuilt.linked_from is None:
        yield passed("snapshot", f"snapshot {state.snapshot} is of an earlier version and is taken as it is")
        return
    wrong = [*wrong_sums(rebuilt, stored), *_wrong_lists(rebuilt, stored)]
    path = log.layout.snapshot(state.snapshot)
    repair = "restore it from a backup of the root; do not ingest before"
    yield from (failed("snapshot", fault, repair, path) for fault in wrong)
    if not wrong:
        base = f"snapshot {earlier} and commits" if earlier else "commits"
        yield passed("snapshot", f"snapshot {state.snapshot} is what {base} to {state.snapshot} come to")


def wrong_sums(rebuilt: State, stored: State) -> Iterator[str]:
    """Return what differs between the state that the commits come to and a stored one, lists apart."""
    if dict(rebuilt.parts) != dict(stored.parts):
        yield "its offsets and owners are not those of the commits"
    if (dict(rebuilt.issues), dict(rebuilt.cubes)) != (dict(stored.issues), dict(stored.cubes)):
        yield "its issues and cubes are not those of the commits"
    if dict(rebuilt.releases) != dict(stored.releases):
        yield "its releases are not those of the commits"
    for name in _SUMS:
        if getattr(rebuilt, name) != getattr(stored, name):
            yield f"its {name} is not that of the commits"


def _wrong_lists(rebuilt: State, stored: State) -> Iterator[str]:
    for folder in _FOLDERS:
        ours, theirs = rebuilt.file_index(folder), stored.file_index(folder)
        if list(ours) != list(theirs):
            yield f"it names other days `{folder}=` than the commits"
            continue
        for day in ours:
            # A list that no commit touched since stays where it was.
            same = day not in ours.changed and ours.base[day].path == theirs.base[day].path
            if same and ours.base[day].sha256 in (None, theirs.base[day].sha256):
                continue
            if dict(ours[day]) != dict(theirs[day]):
                yield f"its files of {folder}={day} are not those of the commits"
