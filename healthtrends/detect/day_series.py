"""All series of a date as arrays: what the alarms and trends of a day are found in."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from healthtrends.detect.series import FloatArray, Series
from healthtrends.model.signals import Level


class SeriesName(NamedTuple):
    """What a series counts."""

    level: Level
    code: str
    """Code, category, bounds of a block, number of a chapter, or name of a syndrome."""
    members: frozenset[str]
    """Its full codes, as far as they occur."""


@dataclass(frozen=True, slots=True)
class DaySeries:
    """Days in a row that end with the date; each column is one series."""

    patients: Series
    """Counts of patients; NaN where they say nothing: not observed, a quiet feed, a code not valid yet.
    `totals` are the visits of each day."""
    names: Sequence[SeriesName]
    """Of the columns."""
    title: Callable[[Level, str], str]
    """Gives the title of a series; empty: none is known."""

    @property
    def dates(self) -> list[dt.date]:
        """Of the rows."""
        first = self.patients.first
        assert isinstance(first, dt.date)  # noqa: S101  series of dates are daily
        return [first + dt.timedelta(days=row) for row in range(len(self.patients.counts))]

    @property
    def visits(self) -> FloatArray:
        """Of each day; NaN where it does not count."""
        totals = self.patients.totals
        return np.full(len(self.patients.counts), np.nan) if totals is None else totals

    def shares(self) -> Series:
        """The same as percent of the visits of each day."""
        patients = self.patients
        with np.errstate(divide="ignore", invalid="ignore"):
            percent = 100 * patients.counts / self.visits[:, None]
        percent[~np.isfinite(percent)] = np.nan
        return replace(patients, counts=percent)
