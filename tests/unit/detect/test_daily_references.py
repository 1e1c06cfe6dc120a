"""Every number and label of the daily detectors is that of R, within 1e-9."""

import pytest

from tests.unit.detect.references import ours, reference, same

SERIES = ("busy_dow_outbreak", "sparse_spike")
EARS = [
    (f"earsC{number}_minsigma{sigma}", f"ears_c{number}", {"min_sigma": sigma})
    for number in (1, 2)
    for sigma in (0, 0.5)
]
TESTS = [(name, name, {}) for name in ("ewma", "regression", "switch")]


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize(
    ("file", "detector", "settings"), EARS + TESTS, ids=[each[0] for each in EARS + TESTS]
)
def test_each_number_is_that_of_the_reference(series, file, detector, settings):
    """The columns, the days, the numbers, the labels."""
    names, expected = reference(f"{series}.{file}")
    found_names, found = ours(series, detector, **settings)
    assert found_names == names
    assert list(found) == list(expected)
    for day, row in expected.items():
        same(row, found[day], 1e-9)
