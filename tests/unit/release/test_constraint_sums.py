"""What a constraint alone tells of its counts, kept up with each change, is what it tells added up anew."""

import random

import numpy as np
import pytest

from healthtrends.release.constraint_sums import ConstraintSums
from healthtrends.release.constraint_table import ConstraintTable
from healthtrends.release.constraints import ENDLESS, Constraint

VALUES = [3, 0, 12, 40, 7, 1, 63, 200]
CONSTRAINTS = [
    Constraint([6, 0, 1, 2, 3, 4, 5], [-1, 1, 1, 1, 1, 1, 1], 0, 0),
    Constraint([7, 6, 3], [1, -2, -3], 0, ENDLESS),
    Constraint([2, 4, 5], [1, 2, 3], 0, 40),
    Constraint([7, 2], [1, -1], 0, ENDLESS),
]
TABLE = ConstraintTable(CONSTRAINTS, len(VALUES))
RANGES = [(1, 10), (1, ENDLESS), (0, ENDLESS)]


def ends(factor, low, high):
    """Least and greatest that a count adds to a sum."""
    return sorted((factor * low, factor * high))


def left_to(constraint, place, ranges):
    """The same range, all others of the constraint added up: the plain way."""
    factors = dict(zip(constraint.places, constraint.factors, strict=True))
    others = [ends(factor, *ranges[other]) for other, factor in factors.items() if other != place]
    least, greatest = (sum(end) for end in zip(*others, strict=True))
    low, high = sorted(
        ((constraint.lower - greatest) / factors[place], (constraint.upper - least) / factors[place])
    )
    own = ranges[place]
    return max(own[0], -(-low // 1) if low > -ENDLESS else low), min(
        own[1], high // 1 if high < ENDLESS else high
    )


def changed(seed):
    """Sums and ranges after many changes."""
    draw = random.Random(seed)
    ranges = [(value, value) for value in VALUES]
    sums = ConstraintSums(TABLE, np.array(ranges, dtype=float), width=9)
    for _ in range(60):
        place = draw.randrange(len(VALUES))
        ranges[place] = draw.choice([*RANGES, (VALUES[place], VALUES[place])])
        sums.change(place, ranges[place])
    return sums, ranges


@pytest.mark.parametrize("seed", range(30))
def test_a_range_after_many_changes_is_that_of_the_last_ranges(seed):
    """Nothing of what a count was before is left in it."""
    sums, ranges = changed(seed)
    for number, constraint in enumerate(CONSTRAINTS):
        for place, factor in zip(constraint.places, constraint.factors, strict=True):
            assert sums.range_by(number, place, factor) == left_to(constraint, place, ranges)


@pytest.mark.parametrize("seed", range(30))
def test_a_slack_constraint_tells_nothing(seed):
    """What it leaves is the range that a count has without it, or so many numbers as to tell nothing."""
    sums, ranges = changed(seed)
    for number in filter(sums.is_slack, range(len(CONSTRAINTS))):
        for place in CONSTRAINTS[number].places:
            low, high = left_to(CONSTRAINTS[number], place, ranges)
            assert (low, high) == ranges[place] or high - low >= 9


def test_each_count_knows_its_constraints():
    """In their order."""
    assert [TABLE.of(place) for place in (6, 0, 2)] == [[0, 1], [0], [0, 2, 3]]


def test_a_count_has_a_factor_in_each():
    """In the same order."""
    assert [TABLE.factors_in(place) for place in (6, 2)] == [[-1, -2], [1, 1, -1]]


def test_constraints_of_several_counts_are_given_once():
    """In their order, too."""
    assert TABLE.of_any(np.array([4, 6])).tolist() == [0, 1, 2]


def test_entries_of_some_constraints_lie_one_after_another():
    """Those of the first, then those of the last; and how many each has."""
    entries, lengths = TABLE.entries(np.array([1, 3]))
    assert TABLE.places[entries].tolist() == [7, 6, 3, 7, 2]
    assert lengths.tolist() == [3, 2]
