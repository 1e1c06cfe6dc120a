"""All detectors.

A new one for the page is a module with a class like `WeeklyChange`, and its line in `_detectors`. A new one
for series is a module with a class like `EarsC1`, and its line in `_SERIES`; it is loaded when asked for.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import cast

from healthtrends.detect.parameters import read_parameters
from healthtrends.detect.ports import Detector, SeriesDetector
from healthtrends.detect.weekly_change import WeeklyChange
from healthtrends.errors import UsageError
from healthtrends.model.alarm import Detection, in_order
from healthtrends.model.comparison import Least
from healthtrends.model.history import History

MakeDetector = Callable[[Least], Detector]
"""Makes a detector, with the minimums of what is worth an alarm."""

_detectors: dict[str, MakeDetector] = {"weekly_change": WeeklyChange}

_SERIES = {
    "ears_c1": "EarsC1",
    "ears_c2": "EarsC2",
    "ears_c3": "EarsC3",
    "ewma": "Ewma",
    "regression": "Regression",
    "switch": "Switch",
    "trend_class": "TrendClass",
    "new_code": "NewCode",
    "farrington": "Farrington",
    "farrington_flexible": "FarringtonFlexible",
}
"""Class of each detector of series, in the module of its name."""


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


def series_detectors() -> tuple[str, ...]:
    """Names of the detectors of series."""
    return tuple(_SERIES)


def series_detector_class(name: str) -> type[SeriesDetector]:
    """Find the class of a detector of series. Raises UsageError for an unknown name."""
    if name not in _SERIES:
        raise UsageError(f"there is no detector {name}", f"there are {', '.join(_SERIES)}", "")
    module = importlib.import_module(f"healthtrends.detect.{name}")
    return cast("type[SeriesDetector]", getattr(module, _SERIES[name]))


def make_series_detector(name: str, values: Mapping[str, str]) -> SeriesDetector:
    """Make a detector of series from its parameters as text. Raises UsageError."""
    found = series_detector_class(name)
    return found(**read_parameters(found, values))
