"""Hidden counts that hang together lie in one block; what need not be looked at lies in none."""

import numpy as np
import pytest

from healthtrends.release import blocks
from healthtrends.release.constraint_table import ConstraintTable
from healthtrends.release.constraints import Constraint

GROUPS = 4
SIZE = 3
COUNTS = GROUPS * SIZE
"""Counts of a group hang together in a chain; the last constraint is over all."""


@pytest.fixture
def table():
    """Constraints between the neighbours of each group, and one over all counts."""
    pairs = [(first, first + 1) for first in range(COUNTS - 1) if (first + 1) % SIZE]
    constraints = [Constraint(list(pair), [1, 1], 0, 9) for pair in pairs]
    return ConstraintTable([*constraints, Constraint(list(range(COUNTS)), [1] * COUNTS, 0, 9)], COUNTS)


def found(table, shown=(), unwanted=(), with_last=False):
    """Blocks as lists, each sorted."""
    is_open, is_wanted = np.ones(COUNTS, dtype=bool), np.ones(COUNTS, dtype=bool)
    is_open[list(shown)] = False
    is_wanted[[*shown, *unwanted]] = False
    is_used = np.ones(len(table.lower), dtype=bool)
    is_used[-1] = with_last
    return [sorted(each.tolist()) for each in blocks.find_blocks(table, is_open, is_used, is_wanted)]


def test_small_groups_share_a_block(table):
    """Each count is in it once."""
    assert found(table) == [list(range(COUNTS))]


def test_a_group_is_not_divided(table, monkeypatch):
    """A block that has no room for all of it is left as it is."""
    monkeypatch.setattr(blocks, "_SIZE", SIZE + 1)
    assert found(table) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]


def test_a_group_without_a_count_that_is_wanted_is_left_out(table):
    """No program is made for it."""
    assert found(table, unwanted=range(3, COUNTS)) == [[0, 1, 2]]


def test_a_count_that_shows_is_in_no_block(table, monkeypatch):
    """And what it alone holds together is apart."""
    monkeypatch.setattr(blocks, "_SIZE", 1)
    assert found(table, shown=[1], unwanted=range(3, COUNTS)) == [[0], [2]]


def test_a_group_of_very_many_is_divided(table, monkeypatch):
    """Into parts of a block's size, each count in one of them."""
    monkeypatch.setattr(blocks, "_MOST", SIZE)
    monkeypatch.setattr(blocks, "_SIZE", 5)
    parts = found(table, with_last=True)
    assert [len(each) for each in parts] == [5, 5, 2]
    assert sorted(place for each in parts for place in each) == list(range(COUNTS))
