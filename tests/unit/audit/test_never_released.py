"""Empty fields of counts that are never released, and what looks like one; names with braces."""

import pytest

DESCRIPTION = """
[policy]
withheld = ["messages"]
[[tables]]
file = "a.csv"
keys = ["place"]
count = "n"
reason = "why"
always_reason = true
fixed = {{ of = "{of}" }}
"""
ROWS = "place,n,why\nH1,20,\nH2,,statistic_of_few\n"


@pytest.mark.parametrize(("of", "judged"), [("messages", set()), ("patients", {("a.csv", "H2")})])
def test_only_what_is_named_is_never_released(judge, of, judged):
    """The same word at a count of people hides it, and it is judged."""
    assert set(judge(DESCRIPTION.format(of=of), a=ROWS)) == judged


def test_a_key_may_have_a_name_with_braces(judge):
    """It is told as it is."""
    about = """
[[tables]]
file = "a.csv"
keys = ["{0}"]
count = "n"
whole = { "{0}" = "all" }
[[sums]]
where = {}
over = "{0}"
"""
    found = judge(about, a="{0},n\nall,50\nF,47\nM,\n")
    (told,) = [each for each in found.values() if each.is_exposed]
    assert (told.bounds.lower, told.reasons) == (3, ["everything: the sum over {0}"])
