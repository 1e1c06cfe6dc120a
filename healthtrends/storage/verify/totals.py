"""Check of the sums over all commits, and that no offset range is in two live files."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from healthtrends.observe import counted
from healthtrends.storage.file_index import FileIndex
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.verify.findings import Days, Finding, failed, is_selected, passed

_WORDS: dict[str, str] = {
    "aborted": "of aborted transactions",
    "marker": "transaction markers",
    "compacted": "compacted away",
    "expired": "deleted by retention before they were looked at again",
    "lost": "missing in Kafka and accepted as lost",
}
_REPAIR = "compare `_ht/log` with a backup of the root; do not ingest before"


def check_totals(state: State) -> Iterator[Finding]:
    """Offsets covered = stored + rejected + accepted as lost + without a message; and the lines agree.

    Each offset without a message has a reason that was recorded when it was read. Each rejected message is
    one live line of quarantine, each stored one a line or, moved, two. Other formats give any number.
    """
    explained = sum(state.offsets_empty.values()) + state.offsets_unrecorded
    accounted = state.messages + state.offsets_lost + explained
    missing = state.offsets_covered - accounted
    unreadable = f" ({state.offsets_unreadable:,} in unreadable batches)" if state.offsets_unreadable else ""
    skipped = f" + {state.messages_skipped:,} skipped" if state.messages_skipped else ""
    said = (
        f"{counted(state.offsets_covered, 'offset')} covered = {state.messages_stored:,} stored"
        f" + {state.messages_rejected:,} rejected{skipped}"
        f" + {state.offsets_lost:,} accepted as lost{unreadable}"
        f" + {explained:,} without a message{_reasons(state)}"
    )
    records = _lines(state.files) + state.lines_expired
    rejects = _lines(state.reject_files) + state.rejects_expired
    stored = state.messages_stored
    if missing or state.offsets_unrecorded < 0:
        yield failed("totals", f"{said}; {missing:,} are not accounted for", _REPAIR)
    if rejects != state.reject_lines:
        yield failed(
            "totals",
            f"{counted(state.reject_lines, 'message')} or part rejected, {rejects:,} in quarantine",
            _REPAIR,
        )
    has_lines = bool(state.formats) or stored <= records <= 2 * stored
    if not has_lines:
        yield failed(
            "totals",
            f"{counted(stored, 'message')} stored, {counted(records, 'line')} in the record files",
            _REPAIR,
        )
    if missing == 0 <= state.offsets_unrecorded and rejects == state.reject_lines and has_lines:
        yield passed("totals", said)


def _reasons(state: State) -> str:
    """Numbers of offsets without a message by reason, in brackets; empty when there are none."""
    found = [
        f"{number:,} {_WORDS.get(reason, reason)}" for reason, number in sorted(state.offsets_empty.items())
    ]
    if state.unrecorded_until:
        found.append(
            f"{state.offsets_unrecorded:,} not recorded by the version that read them, up to commit"
            f" {state.unrecorded_until}"
        )
    return f" ({', '.join(found)})" if found else ""


def check_ranges(state: State, days: Days | None) -> Iterator[Finding]:
    """No message was stored under a date twice, nor rejected twice, nor read beyond the log's next offset.

    Batches never share an offset, so of the files of one date, and of all reject files, no two share one;
    compaction only unites such ranges. Records that a replay read by offset lie within the ranges of their
    batch's record files, so those are compared among themselves. Facts that a replay read may be there twice:
    it stores all of a message of which a part was rejected, and the same fact twice says no more.
    """
    groups = [list(files.values()) for date, files in state.files.items() if is_selected(date, days)]
    found = [_overlaps(files, kind) for files in groups for kind in ((False,), (True,))]
    if days is None:
        for index, kinds in ((state.reject_files, (False, True)), (state.fact_files, (False,))):
            groups.append([file for files in index.values() for file in files.values()])
            found.append(_overlaps(groups[-1], kinds))
    faults = 0
    for fault in chain.from_iterable((*found, *(_beyond(state, files) for files in groups))):
        faults += 1
        yield fault
    if not faults:
        number = sum(len(files) for files in groups)
        yield passed("ranges", f"{counted(number, 'file')}, of one date no two from the same offsets")


def _lines(index: FileIndex) -> int:
    return sum(file.lines for files in index.values() for file in files.values())


def _overlaps(files: Sequence[StagedFile], by_offset: tuple[bool, ...]) -> Iterator[Finding]:
    spans = sorted(
        (partition, first, end, number)
        for number, file in enumerate(files)
        for reading in file.read_as
        if reading.by_offset in by_offset
        for partition, first, end in reading.ranges
    )
    widest = (-1, 0, 0)
    for partition, first, end, number in spans:
        known, until, holder = widest
        if partition == known and first < until and number != holder:
            detail = f"offset {first} of partition {partition} is also in {files[holder].dst}"
            yield failed("ranges", detail, _REPAIR, files[number].dst, files[number].date)
        if partition != known or end > until:
            widest = (partition, end, number)


def _beyond(state: State, files: Iterable[StagedFile]) -> Iterator[Finding]:
    for file in files:
        for partition, _, end in file.ranges:
            if partition not in state.parts or end > state.parts[partition].next:
                detail = (
                    f"it comes from offsets to {end} of partition {partition}, which the log has not reached"
                )
                yield failed("ranges", detail, _REPAIR, file.dst, file.date)
