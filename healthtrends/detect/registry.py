"""All detectors that the page of a day asks; those of series stand in `series_registry`.

A new one is a module with a class like `WeeklyChange`, and its line in `_detectors`.
"""

from collections.abc import Callable

from healthtrends.detect.ports import Detector
from healthtrends.detect.weekly_change import WeeklyChange
from healthtrends.model.alarm import Detection, in_order
from healthtrends.model.comparison import Least
from healthtrends.model.history import History

MakeDetector = Callable[[Least], Detector]
"""Makes a detector, with the minimums of what is worth an alarm."""

_detectors: dict[str, MakeDetector] = {"weekly_change": WeeklyChange}


def register(name: str, make: MakeDetector) -> None:
    """Add a detector. Raises ValueError when its name is taken."""
    if name in _detectors:
        raise ValueError(f"there is a detector {name} already")
    _detectors[name] = make


def unregister(name: str) -> None:
    """Take a detector out again."""
    del _detectors[name]


def detect(history: History, least: Least, *, is_open: bool) -> Detection:
    """Ask all detectors; see `Detector.detect`."""
    found = [make(least).detect(history, is_open=is_open) for make in _detectors.values()]
    alarms = [alarm for each in found for alarm in each.alarms]
    return Detection(in_order(alarms), max(each.judged for each in found))
