"""What a detector of the page is; those that compute with series are in `series_detector`."""

from typing import Protocol

from healthtrends.model.alarm import Detection
from healthtrends.model.history import History


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
