"""History: numbers of consecutive days as plain data, for trends, sparklines and detectors.

`healthtrends.orchestrate.history.series(state, cubes, last, days)` reads it from the cubes.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

SAME_WEEKDAYS = (7, 14, 21, 28)
"""How many days back the same weekday of the four weeks before lies."""

DateState = Literal["observed", "none", "unread"]
"""observed: there are records. none: no commit ever named a file for the date, so nothing is known of it.
unread: there are records, but no run has counted them yet, or not since the last of them came."""

PlaceVisits = Mapping[str, Mapping[str, Sequence[int | None]]]
"""Visits by level (facility, region) and name of a place; the empty name: of records that name none."""


@dataclass(frozen=True, slots=True)
class History:
    """Days in a row, oldest first; all sequences are as long as `dates`."""

    dates: Sequence[dt.date]
    states: Sequence[DateState]
    visits: Sequence[int | None]
    """Distinct visits of the date; None unless it is observed."""
    patients: Mapping[str, Sequence[int | None]]
    """Distinct patients by code, for every code seen on any of the dates: 0 on an observed date without
    the code, None on one that is not observed. In the order of the codes."""
    facilities: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    """Records by facility in the same way; None too on days that were not looked at."""
    places: PlaceVisits = field(default_factory=dict)
    """Visits in the same way, for every place named on any of the dates."""

    def until(self, last: dt.date) -> "History":
        """The days up to and with `last`."""
        end = sum(date <= last for date in self.dates)
        return History(
            self.dates[:end],
            self.states[:end],
            self.visits[:end],
            {code: counts[:end] for code, counts in self.patients.items()},
            {name: counts[:end] for name, counts in self.facilities.items()},
            {
                level: {name: counts[:end] for name, counts in named.items()}
                for level, named in self.places.items()
            },
        )
