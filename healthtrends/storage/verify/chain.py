"""Check of the manifests above the newest snapshot: numbers, owners, and the offsets each commit moved."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import msgspec

from healthtrends.storage.file_writer import united
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Manifest
from healthtrends.storage.offset_gaps import EmptyRange
from healthtrends.storage.staged_file import USUAL_FORMAT, Range
from healthtrends.storage.state import State
from healthtrends.storage.verify.findings import Finding, failed, passed
from healthtrends.storage.verify.maintenance_commits import wrong_removals

_REPAIR = "restore {} from a backup of the root; do not ingest before"


def check_chain(log: CommitLog, state: State) -> Iterator[Finding]:
    """Each commit goes on where the one before ended, written by whoever owned the partitions."""
    try:
        faults = list(_faults(log, state))
    except FileNotFoundError:
        return  # the check of the links names the manifest, or it was pruned meanwhile
    if faults and state.snapshot + 1 < log.oldest_kept(log.snapshots.newest()):
        return  # pruned meanwhile; what a late writer has put at such a number is no commit
    yield from faults or [passed("chain", _summary(state))]


def _faults(log: CommitLog, state: State) -> Iterator[Finding]:
    before = log.snapshots.load(state.snapshot) if state.snapshot else State()
    for manifest, sha256, _ in log.pool.map(log.read_stored, range(state.snapshot + 1, state.seq + 1)):
        yield from wrong_commit(log, before, manifest)
        before = before.after(manifest, sha256)


def wrong_commit(log: CommitLog, before: State, manifest: Manifest) -> Iterator[Finding]:
    """Return how a commit does not follow from the state before it."""
    wrong = (_wrong_moves, _wrong_ranges, wrong_removals)
    for fault in chain.from_iterable(check(before, manifest) for check in wrong):
        path = log.layout.commit(manifest.seq)
        yield failed("chain", f"it {fault}", _REPAIR.format(path), path)


def _summary(state: State) -> str:
    base = f" from snapshot {state.snapshot}" if state.snapshot else ""
    return f"commits {state.snapshot + 1} to {state.seq} follow each other{base}, offsets and owners too"


def _wrong_moves(before: State, manifest: Manifest) -> Iterator[str]:
    if not _is_of_topic(before, manifest):
        yield "is of another topic"
    for partition, position in sorted(manifest.parts.items()):
        known = before.parts.get(partition)
        if known is None:
            if manifest.kind != "fence":
                yield f"moves partition {partition}, which no fence took"
            continue
        if position.next < known.next or (manifest.kind != "data" and position.next != known.next):
            yield f"moves partition {partition} from {known.next} to {position.next}"
        # A fence is its own owner; any other commit leaves the owners as they are.
        if position.owner != known.owner and (manifest.kind != "fence" or position.owner != manifest.seq):
            yield f"gives partition {partition} from owner {known.owner} to {position.owner}"


def _is_of_topic(before: State, manifest: Manifest) -> bool:
    """Whether a commit names the log's topic; one of a job may name the topic of before an adoption."""
    adopted = manifest.adoption
    if adopted is not msgspec.UNSET:
        return (adopted.before, adopted.after) == (before.identity, manifest.identity)
    earlier = [each.before for each in before.adoptions] if manifest.mode == "job" else []
    return manifest.identity in (before.identity or manifest.identity, *earlier)


def _wrong_ranges(before: State, manifest: Manifest) -> Iterator[str]:
    """Files of a batch come from the offsets that the batch moved, and leave none with a message out."""
    if manifest.kind != "data":
        return
    moved = _moved(before, manifest)
    covered = united([each for file in manifest.placed for each in file.ranges])
    for partition, first, end in covered:
        start, stop = moved.get(partition, (0, 0))
        if first < start or end > stop:
            yield f"has files from {first} to {end} of partition {partition}, and moved {start} to {stop}"
    counts = manifest.counts
    offsets = sum(stop - start for start, stop in moved.values())
    messages = counts.messages
    if manifest.empty is not None and messages + manifest.offsets_empty != offsets:
        yield (
            f"moves {offsets} offsets, it counts {messages} messages and {manifest.offsets_empty} offsets"
            " without one"
        )
    yield from _wrong_empty(moved, manifest.empty or ())
    # A message of another format may give no line; where all are skipped there is no file.
    least = messages - counts.messages_skipped if manifest.message_format == USUAL_FORMAT else 0
    if not least <= _length(covered) <= offsets:
        yield f"moves {offsets} offsets, its files cover {_length(covered)}, it counts {messages} messages"
    lines = sum(file.lines for file in manifest.add), sum(file.lines for file in manifest.rejects)
    if lines != (counts.lines, counts.reject_lines):
        yield f"counts {counts.lines} lines and {counts.reject_lines} rejects, its files have {lines}"
    facts = sum(file.lines for file in manifest.facts)
    if facts != counts.facts:
        yield f"counts {counts.facts} facts, its files have {facts}"


def _wrong_empty(moved: Mapping[int, tuple[int, int]], empty: Iterable[EmptyRange]) -> Iterator[str]:
    """Offsets without a message lie within those moved, and are no more than their range has."""
    for each in empty:
        start, stop = moved.get(each.partition, (0, 0))
        if not (start <= each.first < each.next <= stop and 0 < each.offsets <= each.next - each.first):
            yield (
                f"has {each.offsets} offsets without a message between {each.first} and {each.next} of"
                f" partition {each.partition}, and moved {start} to {stop}"
            )


def _moved(before: State, manifest: Manifest) -> dict[int, tuple[int, int]]:
    """First offset and offset after the last that the commit read; those it gave up are left out."""
    behind = {gap.partition: gap.next for gap in manifest.gaps}
    return {
        partition: (behind.get(partition, before.parts[partition].next), position.next)
        for partition, position in manifest.parts.items()
        if partition in before.parts
    }


def _length(ranges: tuple[Range, ...]) -> int:
    return sum(end - first for _, first, end in ranges)
