"""`nowcast`: how many records the newest days will have in the end, as not all of them have come yet."""

from typing import Final

from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import PLAIN, WITHHELD, Relations
from healthtrends.reports.schema import Column, ReportSchema, Row

ALL: Final = "all"
"""In place of a code: the log says how many lines of a day came when, and not of which codes."""


def make(context: ReportContext) -> list[Row]:
    """The days that are still open, and the date."""
    return [
        (
            each.day.isoformat(),
            ALL,
            each.delay,
            each.lines,
            _rounded(each.expected),
            *each.quantiles[:2],
            *each.quantiles[3:],
            None if each.share is None else round(100 * each.share, 2),
            each.state,
        )
        for each in context.nowcast
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


REPORT = ReportSchema(
    name="nowcast",
    rows="The days up to the date that may still get records, oldest first, and the date.",
    columns=(
        Column("day", "text", "", "visit date", is_key=True),
        Column("diagnosis", "text", "", "all: of all codes together", is_key=True),
        Column("days_known", "whole", "days", "days after it that are known, at most 14"),
        Column(
            "stored_lines", "whole", "lines", "stored so far; corrections and cancellations are lines too"
        ),
        Column("expected_lines", "number", "lines", "expected in the end; empty where it cannot be told"),
        Column("lower_90", "whole", "lines", "the end is this or more in 95 of 100 cases"),
        Column("lower_50", "whole", "lines", "the end is this or more in 75 of 100 cases"),
        Column("upper_50", "whole", "lines", "the end is this or less in 75 of 100 cases"),
        Column("upper_90", "whole", "lines", "the end is this or less in 95 of 100 cases"),
        Column(
            "percent_by_then",
            "number",
            "percent, 0 to 100",
            "of the lines of a day, what comes within the days known, by the delays of earlier days",
        ),
        Column(
            "nowcast_state",
            "text",
            "",
            "complete; nowcast; too little history; too early: nothing ever came so soon; not recorded",
        ),
    ),
    make=make,
    # Lines of open days beside those of the days' own reports would tell how many came late.
    relations=Relations(
        meanings={
            "days_known": PLAIN,
            "stored_lines": WITHHELD,
            "expected_lines": WITHHELD,
            "lower_90": WITHHELD,
            "lower_50": WITHHELD,
            "upper_50": WITHHELD,
            "upper_90": WITHHELD,
            "percent_by_then": WITHHELD,
            "nowcast_state": PLAIN,
        },
    ),
)
