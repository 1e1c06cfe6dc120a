"""Releases of dates whose windows overlap, judged together: people by how often they came in some days."""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

import msgspec

from healthtrends.audit.counts import Counts
from healthtrends.audit.description import Adds, Description, Table
from healthtrends.audit.judge import Finding, audit
from healthtrends.audit.linear import Relation
from healthtrends.audit.over_time_description import Windows
from healthtrends.audit.released import Bounds
from healthtrends.audit.window_relations import REACH, WindowRelations
from healthtrends.errors import UsageError

__all__ = ["REACH", "audit_windows"]
Dates = Mapping[dt.date, Mapping[str, bytes]]
"""Released files by date, by name."""
_DATE: Final = "date"
_SEVERAL: Final = "several dates"


def audit_windows(description: Description, windows: Windows, date: dt.date, dates: Dates) -> list[Finding]:
    """Judge the release of `date` with those of others; counts that were told without it are left out."""
    exposed = _exposed(description, windows, date, dates)
    if not exposed:
        return []
    before = _exposed(description, windows, date, {day: dates[day] for day in dates if day != date})
    known = {_name(each) for each in before}
    if (_SEVERAL,) in known:
        return []  # they contradict each other without this date
    return [each for each in exposed if _name(each) not in known]


def _exposed(about: Description, windows: Windows, date: dt.date, dates: Dates) -> list[Finding]:
    """Exposed counts; where late records make numbers contradict each other, what that tells."""
    differences: list[Finding] = []
    for are_closed, with_visits in product((True, False), (True, False)):
        try:
            found = _audit(
                about, windows, date, dates, differences if with_visits else None, are_closed=are_closed
            )
        except UsageError as contradiction:
            why = contradiction.why
            if differences:
                return differences
        else:
            return [*differences, *(each for each in found if each.is_exposed)]
    return [Finding(_SEVERAL, {}, Bounds(1, about.policy.hidden_below - 1), is_exposed=True, reasons=(why,))]


def _name(finding: Finding) -> tuple[object, ...]:
    return (finding.table, *finding.keys.items())


def _audit(
    about: Description,
    windows: Windows,
    date: dt.date,
    dates: Dates,
    differences: list[Finding] | None,
    *,
    are_closed: bool,
) -> list[Finding]:
    """Judge all hidden counts of the dates. `differences` gets what windows have besides their days.

    None: the visits of windows are not compared with those of their days. `are_closed` as of
    `WindowRelations.relations`.
    """
    files = {f"{day} {name}": content for day, named in dates.items() for name, content in named.items()}

    def between(counts: Counts) -> Iterator[Relation]:
        links = WindowRelations(windows, date, dates, counts)
        yield from links.relations(with_visits=differences is not None, are_closed=are_closed)
        for rest in links.rests:
            if differences is not None and rest.is_small(about.policy.hidden_below):
                keys, why = {windows.window: rest.window}, "visits of the window less those of its days"
                title = f"visit_frequency.csv of {rest.end}"
                differences.append(Finding(title, keys, rest.bounds, is_exposed=True, reasons=(why,)))

    return audit(dated(about, windows, dates), files, between)


def dated(about: Description, windows: Windows, dates: Dates) -> Description:
    """Describe the files of some dates as one release; each count has its date among its keys."""
    return msgspec.structs.replace(
        about,
        tables=tuple(_table(table, day) for day in dates for table in _tables(about, windows, dates[day])),
        sums=tuple(
            msgspec.structs.replace(tie, where=_dated(tie.where, day)) for day in dates for tie in about.sums
        ),
        adds=tuple(_dated_adds(tie, day) for day in dates for tie in about.adds),
        derived=(), statistics=(), shares=(), within=(), at_most=(), groupings=(), frequent=(),
    )  # fmt: skip


def _tables(about: Description, windows: Windows, named: Mapping[str, bytes]) -> Iterator[Table]:
    """Tables of a date that say something of its people, its visits and its windows."""
    for table in about.tables:
        if table.file in windows.files and table.file in named:
            wanted = (windows.people, windows.visits)
            cells = {
                name: keys for name, keys in table.cells.items() if keys in [{"of": of} for of in wanted]
            }
            yield msgspec.structs.replace(table, cells=cells)


def _table(table: Table, day: dt.date) -> Table:
    return msgspec.structs.replace(
        table,
        file=f"{day} {table.file}",
        name=f"{table.file} of {day}",
        fixed={**table.fixed, _DATE: str(day)},
    )


def _dated(where: Mapping[str, str], day: dt.date) -> dict[str, str]:
    return {**where, _DATE: str(day)}


def _dated_adds(tie: Adds, day: dt.date) -> Adds:
    return msgspec.structs.replace(
        tie,
        whole=_dated(tie.whole, day),
        and_also=tuple(_dated(each, day) for each in tie.and_also),
        parts=tuple(_dated(each, day) for each in tie.parts),
    )
