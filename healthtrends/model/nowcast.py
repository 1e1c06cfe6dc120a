"""Nowcast of the newest days as values, for the report: what is stored of them, and what is still to come."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

NowcastState = Literal["complete", "nowcast", "too little history", "too early", "not recorded"]
"""complete: the longest delay is over. too early: nothing was ever stored of a day so soon after it. not
recorded: the log does not say when its lines came."""


@dataclass(frozen=True, slots=True)
class NowcastDay:
    """One day; counts of stored lines, whatever they say: corrections and cancellations are lines too."""

    day: dt.date
    state: NowcastState
    delay: int
    """Days after it that are known, at most the longest delay."""
    lines: int
    """Stored so far; of a complete day those that came later, too."""
    expected: float | None = None
    """In the end."""
    quantiles: Sequence[int | None] = (None,) * 5
    """Lower ends of the 90 % and the 50 % interval, the median, their upper ends."""
    share: float | None = None
    """Of a day's lines, what comes within `delay` days, by the delays of earlier days."""


Nowcast = Sequence[NowcastDay]
"""Days that are still open, and the date; oldest first."""
