"""Ages in a release: those from 90 on count as 90, so that no mean tells of one very old person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from healthtrends.reports.schema import Value

Row = tuple[tuple[str, str], ...]
"""Values of the dimensions of a row, sorted."""


class CappedAge(NamedTuple):
    """Statistics of a row some of whose people are 90 or older, in years; None: nobody can tell them."""

    mean: float | None = None
    median: float | None = None
    is_median_exact: bool = False
    """Whether the median is that of the report: those in the middle are younger."""


@dataclass(frozen=True, slots=True)
class CappedAges:
    """Those of a date."""

    rows: Mapping[Row, CappedAge] = field(default_factory=dict)
    is_known: bool = True
    """Whether rows that are not here have nobody of 90 or more."""

    def statistic(self, kind: Literal["mean", "median"], row: Row, exact: Value) -> Value:
        """Give the mean or median of a row in a release; None: it is hidden."""
        if row not in self.rows:
            return exact if self.is_known else None
        found = self.rows[row]
        if kind == "mean":
            return found.mean
        return exact if found.is_median_exact else found.median


NOBODY_OLD = CappedAges()
