"""All detectors of series: those of `healthtrends detect`, which compute with NumPy.

A new one is a module with a class like `EarsC1`, and its line here; it is loaded when asked for. The
detectors that the page of a day asks stand in `registry`.
"""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from healthtrends.detect.parameters import read_parameters
from healthtrends.errors import UsageError

if TYPE_CHECKING:  # `--help` lists nothing of it, and is made without NumPy
    from healthtrends.detect.series_detector import SeriesDetector

_CLASSES = {
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
"""Class of each detector, in the module of its name."""


def series_detectors() -> tuple[str, ...]:
    """Their names."""
    return tuple(_CLASSES)


def series_detector_class(name: str) -> "type[SeriesDetector]":
    """Find the class of a detector. Raises UsageError for an unknown name."""
    if name not in _CLASSES:
        raise UsageError(f"there is no detector {name}", f"there are {', '.join(_CLASSES)}", "")
    module = importlib.import_module(f"healthtrends.detect.{name}")
    return cast("type[SeriesDetector]", getattr(module, _CLASSES[name]))


def make_series_detector(name: str, values: Mapping[str, str]) -> "SeriesDetector":
    """Make a detector from its parameters as text. Raises UsageError."""
    found = series_detector_class(name)
    return found(**read_parameters(found, values))
