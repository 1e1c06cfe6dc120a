"""`quality`: what a reader must know about the input of a date, and which limits it does not keep.

The order of the lines is fixed: what the stored lines tell, then replaced and cancelled records, delays, the
intake, and what tells of a feed that is down. What follows is there only when there is any: reasons of other
formats than `record`, counts of visits made of facts, offsets hidden by an open transaction. `metrics` makes
the lines, `limits` judges them.
"""

from healthtrends.model.history import SAME_WEEKDAYS
from healthtrends.reports.context import ReportContext
from healthtrends.reports.quality.limits import check_limit
from healthtrends.reports.quality.metrics import all_lines, stored_lines
from healthtrends.reports.quality.relations import RELATIONS
from healthtrends.reports.schema import Column, ReportSchema, Row


def make(context: ReportContext) -> list[Row]:
    """All lines, judged; without an intake those of the stored lines alone, not judged."""
    if context.intake is None:
        return [line.row() for line in stored_lines(context.totals)]
    lines = all_lines(context, context.intake)
    return [check_limit(line, context.limits).row() for line in lines]


REPORT = ReportSchema(
    name="quality",
    rows="Always the same lines in the same order: [their meaning](../how-to/quality.md).",
    columns=(
        Column("metric", "text", "", "what is told; see the how-to on quality", is_key=True),
        Column("value", "text", "", "a number, or a time in UTC", may_be_number=True),
        Column("unit", "text", "", "unit of value and threshold"),
        Column("threshold", "text", "", "limit; empty: none", null_reason=None, may_be_number=True),
        Column("status", "text", "", "ok, warn, fail; empty: nothing to judge; info: no limit"),
    ),
    make=make,
    days_read=SAME_WEEKDAYS,
    counts_without_feed=True,
    relations=RELATIONS,
)
