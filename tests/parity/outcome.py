"""All that the analysis of one date leaves behind, as bytes."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.analyze import cube_tables
from healthtrends.analyze.compute_day import compute_day
from healthtrends.analyze.ports import Engine
from healthtrends.model.day_totals import DayTotals, PriorDays
from healthtrends.reports.context import ReportContext
from healthtrends.reports.registry import make_reports


@dataclass(frozen=True, slots=True)
class Outcome:
    """What two engines must agree on."""

    reports: dict[str, bytes]
    """CSV by report, as if no other date had records; from what was measured, in the engine's order."""
    from_cube: dict[str, bytes]
    """The same from the cube, as a later run makes them."""
    cube: dict[str, bytes]
    """Parquet by table; among them the patients, which the windows of other dates are made from."""
    totals: dict[str, list[int]]
    """What the cube's head holds beside its tables."""
    replaced: int
    recorded: list[tuple[str, int, str]]
    """Both are told by the published `quality` only: records by the day of their `recorded_at`."""


def outcome(engine: Engine, files: Sequence[str], date: str) -> Outcome:
    """Measure `date`, make its cube, and its reports from both."""
    day = compute_day(engine, files, dt.date.fromisoformat(date), code_levels=("facility", "region"))
    tables, totals = cube_tables.tables(day), cube_tables.totals(day.figures)
    return Outcome(
        reports=_reports(day.figures, date),
        from_cube=_reports(cube_tables.figures(tables, totals), date),
        cube=tables,
        totals=totals,
        replaced=day.figures.replaced,
        recorded=[(each.day, each.records, each.newest) for each in day.figures.recorded],
    )


def _reports(found: DayTotals, date: str) -> dict[str, bytes]:
    prior = PriorDays(frequency_7=found.frequency, frequency_28=found.frequency)
    reports = make_reports(ReportContext(dt.date.fromisoformat(date), found, prior))
    return {name: report.csv() for name, report in reports.items()}
