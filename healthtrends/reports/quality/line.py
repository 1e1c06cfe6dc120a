"""One line of the `quality` report."""

from typing import NamedTuple

from healthtrends.reports.report import encode_cell
from healthtrends.reports.schema import Row, Value


class Line(NamedTuple):
    """A metric of a date, and how it stands against its limit."""

    metric: str
    value: Value
    """None: not known. A time is text."""
    unit: str
    threshold: float | None = None
    """Limit; None: the line has none."""
    status: str = "info"
    """ok, warn, fail; empty: there is nothing to judge; info: no limit."""

    def row(self) -> Row:
        """Cells of the report, which are texts."""
        limit = None if self.threshold is None else format_limit(self.threshold)
        return self.metric, encode_cell(self.value) or None, self.unit, limit, self.status


def format_limit(limit: float) -> str:
    """Write a limit as it is set: without needless digits."""
    return str(limit) if isinstance(limit, int) else f"{limit:g}"
