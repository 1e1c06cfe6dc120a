"""A release policy: from exact numbers to those that one audience may see.

Pages, exports, the index and the tables under `cube/` are made from a view. A new policy is a class like
`Internal`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from healthtrends.model.history import History
from healthtrends.reports.report import Report


class Policy(Protocol):
    """What an audience may see of exact numbers; exact in, released out."""

    @property
    def audience(self) -> str:
        """Its name."""
        ...

    def reports(self, exact: Mapping[str, Report]) -> Mapping[str, Report]:
        """Reports of one date, by name."""
        ...

    def history(self, exact: History) -> History:
        """Days in a row; an observed day without a number is one whose number is withheld."""
        ...

    def cube_tables(self, exact: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Parquet files of one date for other programs, by name."""
        ...


@dataclass(frozen=True, slots=True)
class DateView:
    """What an audience may see of one date."""

    audience: str
    date: dt.date
    reports: Mapping[str, Report]
    """By name."""
    history: History
    """Days that end with `date`."""


class Internal:
    """The house itself: everything, exact."""

    audience = "internal"

    def reports(self, exact: Mapping[str, Report]) -> Mapping[str, Report]:
        """See `Policy.reports`."""
        return exact

    def history(self, exact: History) -> History:
        """See `Policy.history`."""
        return exact

    def cube_tables(self, exact: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """See `Policy.cube_tables`."""
        return exact


INTERNAL = Internal()


def view_date(policy: Policy, date: dt.date, reports: Mapping[str, Report], history: History) -> DateView:
    """Give the view of a date for the audience of a policy."""
    return DateView(policy.audience, date, policy.reports(reports), policy.history(history))
