"""Reference outputs of R (surveillance 1.20.3, Rnssp) in tests/golden/detect/, and our own."""

import csv
from pathlib import Path

import pytest

from healthtrends.cli.series_file import read_series
from healthtrends.detect.series_registry import make_series_detector
from healthtrends.detect.series_rows import header, rows

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "detect"


def reference(name):
    """Rows of a reference file by its first column; empty where R has NA."""
    with (FOLDER / f"{name}.csv").open() as file:
        names, *table = csv.reader(file)
    return names, {day: ["" if value == "NA" else value for value in row] for day, _, *row in table}


def ours(series, detector, **settings):
    """Rows of the detector by day or week."""
    found = read_series(FOLDER / f"{series}.csv")
    made = make_series_detector(detector, {name: str(value) for name, value in settings.items()})
    result = made.detect(found.series)
    lines = zip(found.labels[made.first :], rows(result, 0, made.first), strict=True)
    return [found.step, "count", *header(result)], {label: list(line) for label, line in lines}


def same(expected, found, tolerance):
    """Whether two rows say the same: texts equal, numbers within the relative tolerance."""
    assert len(expected) == len(found)
    for want, have in zip(expected, found, strict=True):
        try:
            number = float(want)
        except ValueError:
            assert have == want
        else:
            assert float(have) == pytest.approx(number, rel=tolerance, abs=1e-14)  # R rounds a zero to 2e-16
