"""History of the days before a date, read from cubes alone.

`read_history`: plain data for the page and the detectors; `read_compared_days`: the days that an issue
compares its date with; `read_prior_days`: what the reports of a date say of other days.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from healthtrends.analyze import cube_tables, rolling_windows
from healthtrends.analyze.parquet import decode
from healthtrends.model.day_totals import MONTH, PriorDays
from healthtrends.model.history import DateState, History
from healthtrends.orchestrate.input_digests import InputDigests, days_before
from healthtrends.publish.issue_manifest import Provenance
from healthtrends.reports.registry import days_read, patients_read
from healthtrends.storage.cube_head import CubeHead, CubeUnusable
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool

if TYPE_CHECKING:
    import pyarrow as pa

Counts = tuple[int, Mapping[str, int]]
"""Visits of a date, and its patients by code."""

CachedDays = dict[dt.date, DateState | Counts]
"""Results of earlier calls for the same state; a date that is not counted yet is read again."""

_FILES_AT_ONCE = 8
"""Files of patients, each of up to 6 MB, that are fetched while one is decoded."""


def read_history(
    state: State, cubes: Cubes, last: dt.date, days: int, cached: CachedDays | None = None
) -> History:
    """Read the `days` dates up to and with `last`, as of `state`.

    A cube of another program version counts when its format is this one's. Raises HdfsUnavailable.
    """
    inputs = InputDigests(state)
    cached = {} if cached is None else cached
    dates = list(days_before(last + dt.timedelta(days=1), days))
    new = [date for date in dates if cached.get(date, "unread") == "unread"]
    # Only fetched side by side: threads that make tables slow each other down.
    fetched = cubes.pool.map(partial(_fetched, inputs, cubes), new)
    cached.update(zip(new, map(_counts, fetched), strict=True))
    found = [cached[date] for date in dates]
    codes = sorted({code for counts in found if not isinstance(counts, str) for code in counts[1]})
    return History(
        dates=dates,
        states=[counts if isinstance(counts, str) else "observed" for counts in found],
        visits=[None if isinstance(counts, str) else counts[0] for counts in found],
        patients={
            code: [None if isinstance(counts, str) else counts[1].get(code, 0) for counts in found]
            for code in codes
        },
    )


def _fetched(inputs: InputDigests, cubes: Cubes, date: dt.date) -> DateState | tuple[int, bytes]:
    """Visits of a date and its table `diagnosis`, or why there are none."""
    digest = inputs.digest(date)
    if digest is None:
        return "none"
    try:
        head = cubes.find(date, digest)
        return (head.totals["visits"][0], cubes.content(head, "diagnosis")) if head else "unread"
    except CubeUnusable:
        return "unread"  # the next run of a date near it makes it again


def _counts(found: DateState | tuple[int, bytes]) -> DateState | Counts:
    return found if isinstance(found, str) else (found[0], cube_tables.patients_by_code(found[1]))


def read_facilities(state: State, cubes: Cubes, dates: Sequence[dt.date]) -> list[Mapping[str, int] | None]:
    """Read the records of each date by facility; None: there is no cube that tells them."""
    return [
        None
        if content is None
        else {name: counts.records for name, counts in cube_tables.facility_counts(content).items() if name}
        for content in _contents(state, cubes, dates, "facility")
    ]


def read_places(
    state: State, cubes: Cubes, dates: Sequence[dt.date]
) -> list[Mapping[str, Mapping[str, int]] | None]:
    """Read the visits of each date by level and name of their place; None: no cube tells them."""
    return [
        None if content is None else cube_tables.place_visits(content)
        for content in _contents(state, cubes, dates, "place")
    ]


def _contents(state: State, cubes: Cubes, dates: Sequence[dt.date], table: str) -> Iterator[bytes | None]:
    """One table of the cube of each date; None: there is none that can be used."""
    inputs = InputDigests(state)

    def fetched(date: dt.date) -> bytes | None:
        digest = inputs.digest(date)
        head = _head(cubes, date, digest) if digest is not None else None
        try:
            return cubes.content(head, table) if head is not None else None
        except CubeUnusable:
            return None

    return cubes.pool.map(fetched, dates)


class DayTables(NamedTuple):
    """The cube of one date, wherever it lies."""

    totals: Mapping[str, Sequence[int]]
    """See `cube_tables.totals`."""
    names: Collection[str]
    """Of all tables."""
    content: Callable[[str], bytes]
    """Parquet file of a table by name. May raise CubeUnusable."""


def read_tables(state: State, cubes: Cubes, dates: Sequence[dt.date]) -> dict[dt.date, DayTables]:
    """Find the cubes of dates, oldest first; one that is not there is left out. Raises HdfsUnavailable."""
    inputs = InputDigests(state)
    held = {date: digest for date in dates if (digest := inputs.digest(date)) is not None}
    heads = cubes.pool.map(lambda date: _head(cubes, date, held[date]), held)
    return {
        date: DayTables(head.totals, head.tables, partial(cubes.content, head))
        for date, head in zip(held, heads, strict=True)
        if head is not None
    }


def read_compared_days(
    cubes: Cubes, inputs: InputDigests, source: Provenance
) -> dict[int, Mapping[str, int]]:
    """Read patients by code of the days that `top_diagnoses` of an issue read, by how many days before.

    Empty when any of them holds something else now, or its cube is not there: records came since. Raises
    HdfsUnavailable.
    """
    days = map(dt.date.fromisoformat, source.days_read_by("top_diagnoses"))
    read = {day: held for day in days if (held := inputs.digest(day)) is not None}
    if not source.has_read("top_diagnoses", {day.isoformat(): held for day, held in read.items()}):
        return {}
    heads = dict(zip(read, cubes.pool.map(lambda day: _head(cubes, day, read[day]), read), strict=True))
    found = {day: head for day, head in heads.items() if head is not None}
    if len(found) < len(read):
        return {}
    contents = cubes.pool.map(lambda head: cubes.content(head, "diagnosis"), found.values())
    return {
        (source.date - day).days: cube_tables.patients_by_code(content)
        for day, content in zip(found, contents, strict=True)
    }


def _head(cubes: Cubes, date: dt.date, digest: str) -> CubeHead | None:
    try:
        return cubes.find(date, digest)
    except CubeUnusable:
        return None


def read_prior_days(pool: StorePool, days: Mapping[dt.date, DayTables], date: dt.date) -> PriorDays:
    """Read what the reports of `date` say of other days, from the cubes of those that have records.

    `days` are the date itself and those before it that reports read; each aggregate takes those of its own
    window. Raises CubeUnusable.
    """
    by_back = {(date - day).days: tables for day, tables in days.items()}
    read = [back for back in patients_read() if back in by_back]
    contents = pool.map(lambda back: by_back[back].content("diagnosis"), read)
    patients = {back: cube_tables.patients_by_code(table) for back, table in zip(read, contents, strict=True)}
    # All days that the report reads: who sends seldom, or is silent, shows only over some weeks.
    before = [back for back in by_back if back in days_read()["facilities"]]
    contents = pool.map(lambda back: by_back[back].content("facility"), before)
    facilities = {
        back: cube_tables.facility_counts(table) for back, table in zip(before, contents, strict=True)
    }
    month = {back: tables for back, tables in by_back.items() if back < MONTH}
    if list(month) == [0]:  # each window is the date itself
        of_week = of_month = days[date].totals["frequency"]
    else:
        window = _Window(pool, month)
        of_week, of_month = rolling_windows.frequencies(window.fetch, window.rows)
    return PriorDays(patients=patients, frequency_7=of_week, frequency_28=of_month, facilities=facilities)


class _Window:
    """Patients of some dates, range after range; a file that holds several ranges is read once."""

    def __init__(self, pool: StorePool, days: Mapping[int, DayTables]) -> None:
        """`days` by how many days they lie back."""
        self.rows = sum(day.totals["patients"][0] for day in days.values())
        self._pool = pool
        self._days = days
        self._read: dict[tuple[int, str], pa.Table] = {}

    def fetch(self, first: int, end: int) -> Iterator[tuple[int, "pa.Table"]]:
        """See `rolling_windows.Fetch`."""
        parts = [
            (back, name)
            for back, day in self._days.items()
            for name in cube_tables.part_names(day.names, first, end)
        ]
        self._read = {part: table for part, table in self._read.items() if part in parts}
        new = [part for part in parts if part not in self._read]
        # Only fetched side by side: each thread that makes tables would keep memory of its own for them.
        contents = self._pool.stream(self._content, new, _FILES_AT_ONCE)
        self._read |= zip(new, map(decode, contents), strict=True)
        return ((part[0], rolling_windows.between(self._read[part], first, end)) for part in parts)

    def _content(self, part: tuple[int, str]) -> bytes:
        back, name = part
        return self._days[back].content(name)
