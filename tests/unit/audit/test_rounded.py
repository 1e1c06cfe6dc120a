"""Audit of rounded tables: a published count is one of a class."""

import pytest

from healthtrends.audit.description import parse_description
from healthtrends.audit.judge import audit
from healthtrends.errors import UsageError

INFINITY = float("inf")
TOTALS = b"""
[policy]
name = "NAME"
[[tables]]
file = "t.csv"
keys = ["k"]
count = "n"
total = "all"
"""
RECOMPUTED = b"""
[policy]
name = "opensafely"
[[tables]]
file = "t.csv"
keys = ["k"]
count = "n"
fixed = { of = "people" }
[[tables]]
file = "all.csv"
keys = ["all"]
count = "n"
total = "yes"
fixed = { of = "people" }
[[sums]]
where = { of = "people" }
over = "k"
[[recomputed]]
where = { of = "people" }
over = "k"
"""


def exposed(content, policy="opensafely"):
    """Exposed counts: key, least and greatest value."""
    description = parse_description(TOTALS.replace(b"NAME", policy.encode()))
    found = audit(description, {"t.csv": content})
    return [(each.keys["k"], each.bounds.lower, each.bounds.upper) for each in found if each.is_exposed]


def test_a_hidden_count_is_judged_by_what_the_classes_of_the_others_leave():
    """45 is 43 to 47, so that a third count beside a total of 45 is 4 at most; beside 50 it may be 9."""
    assert exposed(b"k,n\na,45\nc,\nall,45\n") == [("c", 1, 4)]
    assert exposed(b"k,n\na,45\nc,\nall,50\n") == []


def test_a_rounded_count_that_can_be_told_exactly_is_exposed():
    """Four times 10 is 48 at most, and 50 is 48 at least: each of them is 12."""
    assert exposed(b"k,n\na,10\nb,10\nc,10\nd,10\nall,45\n") == []
    found = exposed(b"k,n\na,10\nb,10\nc,10\nd,10\nall,50\n")
    assert found == [("a", 12, 12), ("all", 48, 48), ("b", 12, 12), ("c", 12, 12), ("d", 12, 12)]


def test_a_small_class_that_is_told_more_closely_is_exposed():
    """Under midpoint6 3 is 1 to 6; two of them within another 3 are 5 at most."""
    assert exposed(b"k,n\na,3\nb,9\nall,9\n", "midpoint6") == [("a", 1, 5)]
    assert exposed(b"k,n\na,3\nb,9\nall,15\n", "midpoint6") == []


@pytest.mark.parametrize(("policy", "number"), [("opensafely", 12), ("midpoint6", 12)])
def test_an_exact_count_in_a_rounded_table_is_refused(policy, number):
    """Somebody forgot to round it."""
    with pytest.raises(UsageError, match="is not rounded"):
        exposed(f"k,n\na,{number}\n".encode(), policy)


def test_a_total_that_is_the_sum_of_its_parts_tells_nothing():
    """And one that is not is refused: it tells more."""
    description = parse_description(RECOMPUTED)
    files = {"t.csv": b"k,n\na,10\nb,10\n", "all.csv": b"all,n\nyes,20\n"}
    assert not any(each.is_exposed for each in audit(description, files))
    with pytest.raises(UsageError, match="is not the sum over k"):
        audit(description, {**files, "all.csv": b"all,n\nyes,25\n"})


MEANS = b"""
[policy]
name = "NAME"
[[tables]]
file = "t.csv"
keys = ["k"]
count = "n"
[[statistics]]
table = "t.csv"
column = "age"
of = "n"
mean = true
"""


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("10,41.58", [("a", 12, 12)]),  # 499 years of 12 people
        ("10,41.5", [("a", 8, 12)]),  # of 8, 10 or 12
        ("10,41.0", []),
        ("1000,41.67", []),  # 998 to 1,002 people can all have this mean
        (",41.0", [("a", 1, INFINITY)]),
    ],
)
def test_the_digits_of_a_mean_tell_of_how_many_people_it_is(row, found):
    """A whole number fits every count, and so do two digits of many people."""
    description = parse_description(MEANS.replace(b"NAME", b"opensafely"))
    findings = audit(description, {"t.csv": f"k,n,age\na,{row}\n".encode()})
    exposed = [each for each in findings if each.is_exposed]
    assert [(each.keys["k"], each.bounds.lower, each.bounds.upper) for each in exposed] == found


def test_a_mean_beside_a_small_class_is_that_of_few_people():
    """Under midpoint6 3 may be one person, whose age it is."""
    description = parse_description(MEANS.replace(b"NAME", b"midpoint6"))
    (found,) = audit(description, {"t.csv": b"k,n_midpoint6,age\na,3,41.0\n"})
    assert found.is_exposed
    assert "stands beside a small count" in found.reasons[0]
