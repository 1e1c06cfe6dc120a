"""Counts of what came in for a date besides its records: rejected messages, unknown fields, offsets.

A rejected message belongs to the date that it names. One whose date cannot be read belongs to all dates of
the batches that it came with: their readers should know of it, and nobody can say more.
"""

import datetime as dt
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from healthtrends.errors import ConfigError, DamageFound
from healthtrends.ingest.quarantine import Reject, read_rejects
from healthtrends.ingest.reject_cipher import PLAIN, RejectCipher
from healthtrends.ingest.reject_origin import read_origin
from healthtrends.observe import event
from healthtrends.reports.context import IntakeCounts
from healthtrends.storage.file_writer import united
from healthtrends.storage.log import CommitLog
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State

_DAY_BEFORE = 1
"""A clinic east of Greenwich sends on the UTC day before."""
_READ_AT_ONCE = 4


class IntakeCounter:
    """Counts for the dates of one state; each reject file is read once."""

    def __init__(self, log: CommitLog, state: State, days_after: int, cipher: RejectCipher = PLAIN) -> None:
        """Also look at batches without a record of a date, up to `days_after` days behind it."""
        self._log = log
        self._state = state
        self._days_after = days_after
        self._cipher = cipher
        self._counts: dict[str, _Rejected] = {}

    def count(self, date: dt.date) -> IntakeCounts:
        """Count for one date. Raises HdfsUnavailable."""
        files = self._state.files.get(date.isoformat(), {}).values()
        resolved = [file.resolved for file in files if isinstance(file.resolved, dict)]
        sources = [*files, *(self._facts_near(date) if resolved else ())]
        ranges = united([each for file in sources for each in file.ranges])
        intake = IntakeCounts(
            unknown_fields=sum(file.unknown_fields for file in files),
            offsets=sum(end - first for _, first, end in ranges),
            resolved=dict(+_summed(resolved)) if resolved else None,
        )
        days = {reading.clock_date for file in sources for reading in file.read_as} | self._near(date)
        rejects = [
            file for day in sorted(days) for _, file in sorted(self._state.reject_files.get(day, {}).items())
        ]
        try:
            self._read(rejects)
        except DamageFound as damage:
            event("quality.rejects_not_counted", date=date.isoformat(), reason=damage.what)
            return replace(intake, rejected=None)
        counts = [self._counts[file.dst] for file in rejects]
        dated = _summed(count.by_date.get(date.isoformat(), {}) for count in counts)
        spans: dict[int, list[tuple[int, int]]] = {}
        for partition, first, end in ranges:
            spans.setdefault(partition, []).append((first, end))
        undated = _summed(count.undated_in(spans) for count in counts)
        by_reason: Counter[str] = Counter()
        by_facility: dict[str, Counter[str]] = {}
        for (reason, facility), number in (dated + undated).items():
            by_reason[reason] += number
            if facility is not None:
                by_facility.setdefault(facility, Counter())[reason] += number
        return replace(intake, rejected=by_reason, undated=undated.total(), rejected_by_facility=by_facility)

    def _facts_near(self, date: dt.date) -> Iterator[StagedFile]:
        """Fact files that most of a date's visits come from."""
        for day in sorted(self._near(date)):
            yield from self._state.fact_files.get(day, {}).values()

    def _near(self, date: dt.date) -> set[str]:
        """Days of ingest on which most of a date's messages come."""
        span = range(-_DAY_BEFORE, self._days_after + 1)
        return {(date + dt.timedelta(days=days)).isoformat() for days in span}

    def _read(self, files: Iterable[StagedFile]) -> None:
        new = [file for file in files if file.dst not in self._counts]
        counts = self._log.pool.stream(self._count_file, new, _READ_AT_ONCE)
        self._counts |= {file.dst: count for file, count in zip(new, counts, strict=True)}

    def _count_file(self, file: StagedFile) -> "_Rejected":
        rejected = _Rejected()
        for _, reject in read_rejects(self._log, file):
            rejected.add(self._opened(reject))
        rejected.sort()
        return rejected

    def _opened(self, reject: Reject) -> Reject:
        """With its content; of one under an earlier key nobody can tell what it names."""
        try:
            return self._cipher.open(reject)
        except ConfigError:
            return reject


K = TypeVar("K")
_Kind = tuple[str, str | None]
"""Reason, and the facility that a message names."""


class _Rejected:
    """The rejects of one file. Of those without a date the offsets are kept: compaction joins batches."""

    def __init__(self) -> None:
        self.by_date: dict[str, Counter[_Kind]] = {}
        self._undated: dict[tuple[int, _Kind], array[int]] = {}
        """Offsets by partition and kind."""

    def add(self, reject: Reject) -> None:
        origin = read_origin(reject)
        kind = reject.reason, origin.facility
        if origin.date is None:
            self._undated.setdefault((reject.partition, kind), array("q")).append(reject.offset)
        else:
            self.by_date.setdefault(origin.date, Counter())[kind] += 1

    def sort(self) -> None:
        """Sort the offsets, for `undated_in`."""
        self._undated = {place: array("q", sorted(offsets)) for place, offsets in self._undated.items()}

    def undated_in(self, spans: Mapping[int, Sequence[tuple[int, int]]]) -> Counter[_Kind]:
        """Count, by kind, those in the spans (first offset, offset after the last) of their partition."""
        found: Counter[_Kind] = Counter()
        for (partition, kind), offsets in self._undated.items():
            for first, end in spans.get(partition, ()):
                found[kind] += bisect_left(offsets, end) - bisect_left(offsets, first)
        return +found


def _summed(counts: Iterable[Mapping[K, int]]) -> Counter[K]:
    total: Counter[K] = Counter()
    for count in counts:
        total.update(count)
    return total
