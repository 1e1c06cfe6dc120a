"""One date from its files to its reports, as if it were the only one with records."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthtrends.analyze.compute_day import compute_day
from healthtrends.model.day_totals import DayTotals, PriorDays
from healthtrends.reports.context import ReportContext
from healthtrends.reports.registry import make_reports
from healthtrends.reports.report import Report

if TYPE_CHECKING:
    from healthtrends.analyze.ports import Engine


def analyze_day(engine: "Engine", files: Sequence[str], date: dt.date) -> dict[str, Report]:
    """Make the reports of `date`, by name; `quality` holds what the stored lines tell.

    `files` are full URLs (`hdfs://host:port/...`, `file:///...`); without any, no engine starts. Raises what
    the engine raises.
    """
    totals = compute_day(engine, files, date).figures if files else DayTotals()
    prior = PriorDays(frequency_7=totals.frequency, frequency_28=totals.frequency)
    return make_reports(ReportContext(date, totals, prior))
