"""Whoever lists every table that fits a release finds no small count told more closely than "small"."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthtrends.release.constraints import Constraint
from healthtrends.release.counts import Counts
from healthtrends.release.rule import Label, Rule
from healthtrends.release.suppress import suppress

pytestmark = pytest.mark.slow

RULE = Rule("test", hidden_below=4)
ROWS, COLUMNS = 2, 3
GREATEST = 10
"""No count of a table that the attacker lists is greater: enough to be none of the small ones."""
TABLES = np.array(list(itertools.product(range(GREATEST + 1), repeat=COLUMNS)), dtype=np.int16)
"""All rows of three counts."""


def lines():
    """Places of each total with its parts: rows, columns, and all."""
    cell = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    row, column = ROWS * COLUMNS, ROWS * COLUMNS + ROWS
    yield from ((row + number, *parts) for number, parts in enumerate(cell.tolist()))
    yield from ((column + number, *parts) for number, parts in enumerate(cell.T.tolist()))
    yield (column + COLUMNS, row, row + 1)


def whole(cells):
    """Counts of a table with all totals, of many tables at once."""
    rows = cells.reshape(-1, ROWS, COLUMNS).sum(axis=2)
    columns = cells.reshape(-1, ROWS, COLUMNS).sum(axis=1)
    return np.hstack([cells, rows, columns, rows.sum(axis=1, keepdims=True)])


def fitting(values, labels):
    """Every table that fits what is shown, and the labels of what is not."""
    ranges = {
        Label.PRIMARY: (1, RULE.greatest),
        Label.COMPLEMENTARY: (1, 10 * GREATEST),
    }
    bounds = [ranges.get(label, (value, value)) for value, label in zip(values, labels, strict=True)]
    kept = []
    for number in range(ROWS):
        low, high = np.array(bounds[number * COLUMNS : (number + 1) * COLUMNS]).T
        least, most = bounds[ROWS * COLUMNS + number]
        total = TABLES.sum(axis=1)
        fits = ((low <= TABLES) & (high >= TABLES)).all(axis=1) & (total >= least) & (total <= most)
        kept.append(TABLES[fits])
    pairs = np.array(list(itertools.product(range(len(kept[0])), range(len(kept[1])))), dtype=np.int32)
    tables = whole(np.hstack([kept[0][pairs[:, 0]], kept[1][pairs[:, 1]]]))
    low, high = np.array(bounds).T
    return tables[((tables >= low) & (tables <= high)).all(axis=1)]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 5), min_size=ROWS * COLUMNS, max_size=ROWS * COLUMNS))
def test_no_small_count_is_told(cells):
    """By brute force over all tables of whole numbers; what shows is 0 or not small."""
    values = whole(np.array([cells]))[0].tolist()
    counts = Counts()
    for place, value in enumerate(values):
        counts.add((("of", str(place)),), value)
    constraints = [Constraint(list(line), [-1] + [1] * (len(line) - 1), 0, 0) for line in lines()]
    labels = suppress(counts, constraints, RULE)
    found = fitting(values, labels)
    assert len(found)
    for place, (value, label) in enumerate(zip(values, labels, strict=True)):
        if label == Label.SHOWN:
            assert not RULE.is_small(value)
        elif RULE.is_small(value):
            possible = set(found[:, place].tolist())
            assert len(possible) >= RULE.greatest or max(possible) > RULE.greatest
