"""What a detector is: one that looks at a day's history for the page, or one that computes with series."""

from typing import TYPE_CHECKING, ClassVar, Protocol

from healthtrends.model.alarm import Detection
from healthtrends.model.history import History

if TYPE_CHECKING:  # NumPy is for those who compute with series; a page is made without it
    from healthtrends.detect.series import Series, Step


class Detector(Protocol):
    """Looks at the history of all codes, and says which are unusual on its last day."""

    @property
    def name(self) -> str:
        """Its name in alarms and in the configuration."""
        ...

    def detect(self, history: History, *, is_open: bool) -> Detection:
        """Give the alarms of the last day of `history`; a day that is not known is no zero.

        `is_open`: records of that day are still expected, so that a low count of it is no fall yet.
        """
        ...


class SeriesDetector(Protocol):
    """Computes limits or labels of every day and code; a frozen dataclass of its parameters."""

    name: ClassVar[str]
    """Its name on the command line and in the configuration."""
    step: "ClassVar[Step]"
    """What it takes: daily or weekly series."""
    needs_totals: ClassVar[bool]
    """Whether `Series.totals` have to be known."""

    @property
    def first(self) -> int:
        """Number of the first row (from 0) that it can say anything about."""
        ...

    def detect(self, series: "Series") -> object:
        """Give a frozen dataclass of arrays (days x codes), each declared by `parameters.column`.

        A day without enough of a baseline is an answer: NaN, no alarm, or a label of its own.
        """
        ...
