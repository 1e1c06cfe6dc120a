"""In a large block the audit looks at tables that fit: it says the same as a program for each count."""

import itertools
import random

import numpy as np
import pytest

from healthtrends.audit import judge, system, walk, witnesses
from healthtrends.audit.description import parse_description
from healthtrends.audit.part import Part

pytestmark = pytest.mark.slow

DESCRIPTION = b"""
[policy]
name = "cms"
complementary_is_great = false
[[tables]]
file = "t.csv"
keys = ["row", "column"]
count = "n"
total = "all"
reason = "why"
"""
AT_MOST = b"""
[policy]
name = "cms"
complementary_is_great = false
[[tables]]
file = "t.csv"
keys = ["code"]
reason = "why"
[tables.counts]
patients = { of = "patients" }
visits = { of = "visits" }
[[at_most]]
less = { of = "patients" }
more = { of = "visits" }
"""
ROWS, COLUMNS = [f"r{n}" for n in range(7)], [f"c{n}" for n in range(7)]


def table(seed, *, hides_totals=False):
    """A table with all totals that hides small counts, and as many others in its lines."""
    draw = random.Random(seed)
    inner = {cell: draw.choice((0, 1, 3, 8, 12, 15, 40)) for cell in itertools.product(ROWS, COLUMNS)}
    lines = ["row,column,n,why"]
    for row, column in itertools.product([*ROWS, "all"], [*COLUMNS, "all"]):
        of = [n for (r, c), n in inner.items() if row in {r, "all"} and column in {c, "all"}]
        is_small = "all" not in (row, column) and 0 < sum(of) < 11
        is_hidden = is_small or ("all" not in (row, column) and sum(of) and draw.random() < 0.5)
        is_hidden |= hides_totals and draw.random() < 0.8
        why = "" if not is_hidden else "primary" if is_small and draw.random() < 0.5 else "complementary"
        lines.append(f"{row},{column},{'' if is_hidden else sum(of)},{why}")
    return {"t.csv": "\n".join([*lines, ""]).encode()}


def verdicts(files):
    """By row and column: whether it is exposed, and whether that is proved."""
    found = judge.audit(parse_description(DESCRIPTION), files)
    return {tuple(each.keys.values()): (each.is_exposed, each.is_decided) for each in found}


def as_one_by_one(monkeypatch, files):
    """Verdicts of programs for each count alone."""
    with monkeypatch.context() as alone:
        alone.setattr(judge, "LARGE", 1000)
        return verdicts(files)


@pytest.fixture
def large(monkeypatch):
    """Every block is a large one."""
    monkeypatch.setattr(judge, "LARGE", 1)
    return monkeypatch


@pytest.mark.parametrize("seed", range(8))
def test_both_ways_find_the_same_exposed(large, seed):
    """All of them, and no other."""
    assert verdicts(table(seed)) == as_one_by_one(large, table(seed))


@pytest.mark.parametrize("seed", range(8))
def test_counts_beside_hidden_totals_are_decided(large, seed):
    """Where totals are hidden too, nothing says how great a count can be."""
    files = table(seed, hides_totals=True)
    assert verdicts(files) == as_one_by_one(large, files)


@pytest.mark.parametrize("seed", range(4))
def test_parts_of_a_block_find_the_same_exposed(large, seed):
    """As where the block is too large for programs over all of it."""
    large.setattr(witnesses, "_WHOLE", 1)
    large.setattr(witnesses, "_SIZES", (10, 25))
    assert verdicts(table(seed)) == as_one_by_one(large, table(seed))


@pytest.mark.parametrize("seed", range(4))
def test_a_walk_finds_the_same_exposed(large, seed):
    """Where some counts change at a time, and others that hang together with them by a long sum."""
    large.setattr(witnesses, "_WHOLE", 1)
    large.setattr(witnesses, "_ONE", 1)
    large.setattr(walk, "_SIZE", 12)
    large.setattr(system, "_LONG", 3)
    assert verdicts(table(seed)) == as_one_by_one(large, table(seed))


@pytest.mark.parametrize("seed", range(4))
def test_slices_of_a_long_sum_find_the_same_exposed(large, seed):
    """Where the walk takes narrow counts of one long sum at a time."""
    large.setattr(witnesses, "_ONE", 1)
    large.setattr(walk.Walk, "parts", walk.Walk.slices)
    large.setattr(system, "_LONG", 3)
    assert verdicts(table(seed)) == as_one_by_one(large, table(seed))


def test_the_walk_ends_at_a_table_that_fits(monkeypatch):
    """All relations hold, computed anew."""
    tables = []
    monkeypatch.setattr(judge, "LARGE", 1)
    monkeypatch.setattr(witnesses, "_ONE", 1)
    monkeypatch.setattr(system, "_LONG", 3)
    monkeypatch.setattr(walk, "_SIZE", 12)
    looked_at = witnesses.Search._look_at_all
    monkeypatch.setattr(
        witnesses.Search,
        "_look_at_all",
        lambda search, waiting, at, exposed: (tables.append(at), looked_at(search, waiting, at, exposed)),
    )
    verdicts(table(0))
    assert tables
    assert all(each.system.fits(each.values) for each in tables)


def test_a_part_with_a_count_twice_is_refused():
    """Its solutions would be no tables."""
    with pytest.raises(ValueError, match="twice"):
        Part(None, np.array([1, 2, 1]), seconds=1)


def test_what_is_not_looked_at_any_more_does_not_pass(monkeypatch):
    """In a very large block with many exposed counts the first of them are named."""
    files = table(0)
    monkeypatch.setattr(judge, "LARGE", 1)
    exposed = {keys for keys, (is_exposed, _) in verdicts(files).items() if is_exposed}
    monkeypatch.setattr(witnesses, "_WHOLE", 1)
    monkeypatch.setattr(witnesses, "_SIZES", ())
    monkeypatch.setattr(witnesses, "_ENOUGH", 1)
    found = verdicts(files)
    assert sum(is_exposed for is_exposed, _ in found.values()) == 1 < len(exposed)
    assert not any(found[keys] == (False, True) for keys in exposed)


def test_something_is_exposed_and_something_is_not(monkeypatch):
    """Else the others would show nothing."""
    monkeypatch.setattr(judge, "LARGE", 1)
    exposed = [verdict for seed in range(8) for verdict, _ in verdicts(table(seed)).values()]
    assert 0 < sum(exposed) < len(exposed)


def test_what_is_not_solved_in_time_does_not_pass(monkeypatch):
    """It is said to be undecided."""
    monkeypatch.setattr(judge, "LARGE", 1)
    monkeypatch.setattr(Part, "_run", lambda _: None)
    found = judge.audit(parse_description(DESCRIPTION), table(0))
    assert found
    assert not any(each.passes for each in found)
    assert {each.is_decided for each in found if not each.is_exposed} == {False}


def test_counts_without_an_end_are_decided(monkeypatch):
    """One that is at most another, both of which may be as great as they like."""
    monkeypatch.setattr(judge, "LARGE", 1)
    files = {"t.csv": b"code,patients,visits,why\na,,,complementary\nb,,,complementary\n"}
    found = judge.audit(parse_description(AT_MOST), files)
    assert {each.passes for each in found} == {True}


def test_a_table_with_fractions_is_no_proof():
    """Three counts of which each two are 11 together would have to be 5.5."""
    part = Part.__new__(Part)
    assert part._whole(np.array([5.5, 5.5, 5.5])) is None
