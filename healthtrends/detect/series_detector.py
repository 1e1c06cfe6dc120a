"""What a detector of series is, and what all of their results have in common."""

from typing import ClassVar, Protocol

from healthtrends.detect.series import BoolArray, Series, Step


class Result(Protocol):
    """A frozen dataclass of arrays (days x codes), each declared by `parameters.Column`."""

    @property
    def alarm(self) -> BoolArray:
        """Which days of which codes are unusual; False where a day was not observed or not tested."""
        ...


class SeriesDetector(Protocol):
    """Computes limits or labels of every day and code; a frozen dataclass of its parameters."""

    name: ClassVar[str]
    """Its name on the command line, and that of its module."""
    step: ClassVar[Step] = "day"
    """What it takes: daily or weekly series."""
    needs_totals: ClassVar[bool] = False
    """Whether `Series.totals` have to be known."""

    @property
    def first(self) -> int:
        """Number of the first row (from 0) that it can say anything about, or labels as not tested."""
        return 0

    def detect(self, series: Series) -> Result:
        """Compute all days and codes.

        A day without enough of a baseline is an answer: NaN, no alarm, or a label of its own. Raises
        ValueError when it needs totals and there are none.
        """
        ...
