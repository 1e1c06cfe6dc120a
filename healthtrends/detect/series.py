"""Series of counts as arrays: what the numeric detectors read, for thousands of codes at once."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
LabelArray: TypeAlias = NDArray[np.int8]
"""Numbers of words; the column of the result says which."""

Step = Literal["day", "week"]


@dataclass(frozen=True, slots=True)
class Series:
    """Days or weeks in a row, oldest first, without a gap: one that was not observed is NaN, never 0."""

    first: dt.date | int
    """The first day, or the running number of the first week."""
    codes: Sequence[str]
    counts: FloatArray
    """Days x codes: patients, or a share; NaN where it was not observed."""
    totals: FloatArray | None = None
    """Of each day: everybody that could have had the code; None: not known."""
    left_out: BoolArray | None = None
    """Days x codes that no baseline takes: known outbreaks. They are tested as all others; None: none."""
    holidays: BoolArray | None = None
    """Days that baselines of models with weekdays leave out, for all codes; None: none."""

    @property
    def step(self) -> Step:
        """What one row is."""
        return "week" if isinstance(self.first, int) else "day"

    @property
    def weekday(self) -> int:
        """Weekday of the first day, Monday is 0; of weeks 0."""
        return 0 if isinstance(self.first, int) else self.first.weekday()

    def blocks(self, codes: int) -> "Iterator[Series]":
        """Cut into series of at most so many codes; results of all at once may not fit into memory."""
        for begin in range(0, len(self.codes), codes):
            part = slice(begin, begin + codes)
            left_out = None if self.left_out is None else self.left_out[:, part]
            yield replace(self, codes=self.codes[part], counts=self.counts[:, part], left_out=left_out)

    def select(self, places: Sequence[int]) -> "Series":
        """Take some codes, in this order; one may come several times."""
        columns = list(places)
        left_out = None if self.left_out is None else self.left_out[:, columns]
        codes = [self.codes[place] for place in columns]
        return replace(self, codes=codes, counts=self.counts[:, columns], left_out=left_out)
