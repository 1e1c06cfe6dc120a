"""`trends`: where each code and group is going over the last weeks.

What a consumer gets: one row a series with more than 10 patients in the 28 days that end with the date, keyed
by level and code, and in this order. Means are over observed days. A class `insufficient` is an answer: too
few patients or days among the last twelve.
"""

from healthtrends.model.signals import SeriesTrend
from healthtrends.reports.alarms import CODE, LEVEL, SERIES, TITLE
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import PLAIN, WITHHELD, Average, Counted, Relations
from healthtrends.reports.rounding import mean, quotient
from healthtrends.reports.schema import Column, NullReason, ReportSchema, Row

_SLOPE_PLACES = 4
_REACH = 27


def make(context: ReportContext) -> list[Row]:
    """All trends of the date."""
    return [
        (
            each.level,
            each.code,
            each.title or None,
            each.trend,
            *(_rounded(value, _SLOPE_PLACES) for value in (each.slope, each.slope_low, each.slope_high)),
            mean(each.sum_7, each.days_7),
            mean(each.sum_28, each.days_28),
            *_change(each),
        )
        for each in context.signals.trends
    ]


def _change(each: SeriesTrend) -> Row:
    """Percent change and its interval."""
    return (
        quotient(100 * (each.now - each.before), each.before, 2),
        *(
            None if ratio is None else _rounded(100 * (ratio - 1), 2)
            for ratio in (each.change_low, each.change_high)
        ),
    )


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places) + 0.0  # no negative zero


REPORT = ReportSchema(
    name="trends",
    rows="Codes, groups and syndromes with more than 10 patients in the 28 days that end with the date, by "
    "level and code.",
    columns=(
        LEVEL,
        CODE,
        TITLE,
        Column("class", "text", "", "increase, decrease, stable or insufficient, over the last 12 days"),
        Column("slope", "number", "log odds a day", "of the share of the visits, over the last 12 days"),
        Column("slope_low", "number", "log odds a day", "lower end of its 95 % interval", null_like="slope"),
        Column("slope_high", "number", "log odds a day", "upper end of its 95 % interval", null_like="slope"),
        Column(
            "mean_7_days",
            "number",
            "patients",
            "mean of the observed ones of the last 7 days, the date among them",
            null_reason=NullReason.NO_FEED,
        ),
        Column(
            "mean_28_days",
            "number",
            "patients",
            "mean of the observed ones of the last 28 days, the date among them",
            null_reason=NullReason.NO_FEED,
        ),
        Column(
            "percent_change",
            "number",
            "percent",
            "last 7 days against the 7 before, over weekdays observed in both",
        ),
        Column(
            "percent_change_low",
            "number",
            "percent",
            "lower end of its 95 % interval",
            null_like="percent_change",
        ),
        Column(
            "percent_change_high",
            "number",
            "percent",
            "upper end of its 95 % interval",
            null_like="percent_change",
        ),
    ),
    make=make,
    days_read=tuple(range(1, _REACH + 1)),
    # A row says that there were more than 10 patients in 28 days, and its lack that there were not.
    relations=Relations(
        meanings={
            "title": PLAIN,
            "class": PLAIN,
            "slope": WITHHELD,
            "slope_low": WITHHELD,
            "slope_high": WITHHELD,
            "mean_7_days": Average(Counted("patients"), tuple(range(7))),
            "mean_28_days": Average(Counted("patients"), tuple(range(28))),
            "percent_change": WITHHELD,
            "percent_change_low": WITHHELD,
            "percent_change_high": WITHHELD,
        },
        levels=SERIES,
        days_needed=tuple(range(_REACH + 1)),
    ),
)
