"""Every number and alarm of the Farrington methods is that of R, within 1e-6."""

import pytest

from tests.unit.detect.references import ours, reference, same

SERIES = ("season_trend", "overdispersed", "rare")
VARIANTS = {
    "farrington": ("farrington", {}),
    "noufaily_delta": ("farrington_flexible", {"threshold": "delta"}),
    "noufaily_nbPlugin": ("farrington_flexible", {"threshold": "nbPlugin", "score_as_r": "true"}),
    "noufaily_muan": ("farrington_flexible", {"threshold": "muan", "score_as_r": "true"}),
}


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_each_number_is_that_of_the_reference(series, variant):
    """Weeks 360 to 624; empty where R has none."""
    detector, settings = VARIANTS[variant]
    names, expected = reference(f"weekly/{series}.{variant}")
    found_names, found = ours(f"weekly/{series}", detector, **settings)
    assert found_names == names
    for week, row in expected.items():
        same(row, found[week], 1e-6)


@pytest.mark.parametrize("threshold", ["nbPlugin", "muan"])
def test_the_score_measures_from_the_expected_count(threshold):
    """1 is the upper limit, 0 the expected count; R puts its logarithm there. Alarms are the same."""
    _, found = ours("weekly/season_trend", "farrington_flexible", threshold=threshold)
    _, of_r = ours("weekly/season_trend", "farrington_flexible", threshold=threshold, score_as_r="true")
    expected, upper, score = map(float, found["624"][:3])
    assert score == pytest.approx((34 - expected) / (upper - expected))
    assert [row[-1] for row in found.values()] == [row[-1] for row in of_r.values()]


def test_the_first_week_that_is_tested_has_five_years_and_three_weeks_before_it():
    """52 * 5 + 3 weeks."""
    _, found = ours("weekly/rare", "farrington_flexible")
    assert next(iter(found)) == "264"
