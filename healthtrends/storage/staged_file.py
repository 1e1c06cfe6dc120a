"""One file of a commit: where it goes, what proves it whole, and what it was read from."""

from collections.abc import Mapping

import msgspec

from healthtrends.storage.file_names import unfold

USUAL_FORMAT = "record"
"""Format of the messages where a commit names none: one message gives one line, or two for a moved record."""

Range = tuple[int, int, int]
"""Partition, first offset, offset after the last."""


class Reading(msgspec.Struct, frozen=True, omit_defaults=True, rename={"by_offset": "picked"}):
    """Offsets and rules by which lines were made, so that `restage` can make them again."""

    ranges: tuple[Range, ...]
    clock_date: str
    """Day of the date rule, at the place of `source.timezone`."""
    key_id: str | None = None
    """Key of the pseudonyms; None: none were made."""
    by_offset: bool = False
    """True: a replay read these very offsets, and each gave a line here. False: a batch read the ranges, and
    the lines of the file's date, or the rejects, are here. Stored as `picked`."""
    format: str = USUAL_FORMAT
    """Format of the messages."""


class StagedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable file with all that is needed to prove it whole."""

    src: str
    dst: str
    date: str
    """Visit date of records; day of ingest of rejects."""
    lines: int
    bytes: int
    crc32: int
    sha256: str | None = None
    """SHA-256 of the content, hex; None: an earlier version wrote the file."""
    ranges: tuple[Range, ...]
    """Offsets the lines come from."""
    min_recorded_at: str | None = None
    max_recorded_at: str | None = None
    """First and last `recorded_at` in the file, UTC; None in rejects."""
    origins: tuple[str, ...] = ()
    """Final paths of the files whose lines these are, when maintenance made it, some as ranges, see
    `storage.file_names`; empty: its own. Read them by `inputs`."""
    readings: tuple[Reading, ...] = ()
    """How `ranges` were read; empty in a manifest: under its clock date and key. A state fills it in, as the
    manifest may be pruned before the file has to be made again."""
    resolved: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    """In a file of records that were computed from facts, counts of its date for `quality`, by metric; they
    add up over the files of the date. Absent in all other files."""
    unknown_fields: int = 0
    """Fields that no rule knows, dropped from all messages of the batch or batches the lines came in."""
    lines_by_day: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    """Lines by the clock date of the batch that brought them; absent: maintenance did not join them, or an
    earlier version did."""

    @property
    def read_as(self) -> tuple[Reading, ...]:
        """`readings`; for a file in a list older than that field its ranges, under no known date and key."""
        return self.readings or (Reading(self.ranges, ""),)

    @property
    def received(self) -> Mapping[str, int] | None:
        """Lines by the clock date of the batch that brought them; None: not known, or they were computed."""
        if self.lines_by_day is not msgspec.UNSET:
            return self.lines_by_day
        days = {reading.clock_date for reading in self.read_as}
        is_one = len(days) == 1 and "" not in days and not self.is_resolved
        return {days.pop(): self.lines} if is_one else None

    @property
    def is_resolved(self) -> bool:
        """True when the records were computed from facts: they come from no offsets of their own."""
        return self.resolved is not msgspec.UNSET

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what the lines came in, which maintenance keeps: `origins`, or the file itself."""
        return unfold(self.origins) or (self.dst,)
