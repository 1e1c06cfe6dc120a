"""Coverage and the weighted interval score of nowcasts."""

import numpy as np
import pytest

from healthtrends.detect.nowcast_score import score

QUANTILES = np.array([[80.0, 90.0, 100.0, 110.0, 120.0]])


def scored(final):
    """One nowcast of 80 to 120, with 70 stored."""
    return score(QUANTILES, np.array([70.0]), np.array([float(final)]))


@pytest.mark.parametrize(
    ("final", "covered", "wis"),
    [
        # median: |y - 100| / 2; widths 20 and 40 count a quarter and a twentieth; what is beyond counts once
        (100, (1, 1), (0 + 5 + 2) / 2.5),
        (115, (0, 1), (7.5 + 5 + 5 + 2) / 2.5),
        (60, (0, 0), (20 + 5 + 30 + 2 + 20) / 2.5),
    ],
)
def test_the_score_is_that_of_bracher_2021(final, covered, wis):
    """By hand: 50 % interval 90 to 110 with a = 0.5, 90 % interval 80 to 120 with a = 0.1."""
    found = scored(final)
    assert (found.covered_50, found.covered_90) == covered
    assert found.interval_score == pytest.approx(wis)


def test_a_nowcast_that_is_one_number_scores_its_absolute_error():
    """Whatever the intervals."""
    certain = np.full((1, 5), 90.0)
    assert score(certain, np.array([70.0]), np.array([100.0])).interval_score == pytest.approx(10)


def test_the_score_is_also_a_share_and_beside_what_was_still_to_come():
    """Of 100 in the end, 30 were still to come."""
    found = scored(100)
    assert found.relative_score == pytest.approx(found.interval_score / 100)
    assert found.stored_error == 30
