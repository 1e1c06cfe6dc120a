"""A sum over many hidden counts leaves room for each of them, or a count that it shows is hidden, too."""

import pytest

from healthtrends.release.constraints import ENDLESS, Constraint
from healthtrends.release.counts import Counts
from healthtrends.release.rule import Label, Rule
from healthtrends.release.suppress import suppress

CATEGORIES = 20


def shown(visits, records):
    """Names of the counts that show, of a day of 20 categories all of which have these codes.

    Each code has so many visits and records. No report has the records of a code, but of all codes and all
    lines. A category has no more visits than its codes together, and all visits are no more than its.
    """
    counts, constraints, totals = Counts(), [], []

    def add(name, value, *, listed=True):
        return counts.add((("of", name),), value, listed=listed)

    def at_most(less, more):
        constraints.append(Constraint([less, *more], [-1] + [1] * len(more), 0, ENDLESS))

    categories = []
    for number in range(CATEGORIES):
        codes = [add(f"visits of code {number}.{code}", value) for code, value in enumerate(visits)]
        categories.append(add(f"visits of category {number}", sum(visits)))
        at_most(categories[-1], codes)
        for code, place in enumerate(codes):
            totals.append(add(f"records of code {number}.{code}", records[code], listed=False))
            at_most(place, [totals[-1]])
            at_most(place, [categories[-1]])
    at_most(add("visits", CATEGORIES * sum(visits)), categories)
    all_records = CATEGORIES * sum(records)
    whole, lines = add("records", all_records), add("lines", all_records)
    constraints.append(Constraint([whole, *totals], [-1] + [1] * len(totals), 0, 0))
    constraints.append(Constraint([lines, whole], [1, -1], 0, 0))
    labels = suppress(counts, constraints, Rule("test", 11))
    return {dict(key)["of"] for key, label in zip(counts.keys, labels, strict=True) if label == Label.SHOWN}


def test_a_sum_without_room_is_hidden():
    """As many records as visits in all: each code would have just as many, and one person would show."""
    assert "records" not in shown((1, 20), (1, 20))


def test_what_tells_the_sum_is_hidden_too():
    """There are as many lines as records."""
    assert "lines" not in shown((1, 20), (1, 20))


def test_other_counts_stay():
    """Visits of the great code, of the category and of all."""
    kept = {f"visits of category {number}" for number in range(CATEGORIES)}
    assert {*kept, "visits", "visits of code 0.1"} <= shown((1, 20), (1, 20))


@pytest.mark.parametrize(
    ("visits", "records"),
    [
        pytest.param((1, 20), (1, 25), id="a great code may have had fewer records"),
        pytest.param((5, 6), (5, 6), id="each of two small codes may have had all others of the category"),
    ],
)
def test_a_sum_that_tells_nothing_stays(visits, records):
    """Nothing more is hidden."""
    assert {"records", "lines"} <= shown(visits, records)
