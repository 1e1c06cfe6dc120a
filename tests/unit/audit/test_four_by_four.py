"""The worked example of counties and industries: two hidden counts in each line are not enough.

The tables and the ranges are those of ../shared/design/disclosure.md, where zeros do not show.
"""

import pytest

COUNTS = {
    "w": (30, 47, 64, 89, 230), "x": (90, 124, 5, 31, 250), "y": (92, 100, 59, 85, 336),
    "z": (800, 991, 651, 685, 3127), "all": (1012, 1262, 779, 890, 3943),
}  # fmt: skip
INDUSTRIES = ("a", "b", "c", "d", "all")
DESCRIPTION = """
[policy]
hidden_below = 11
zero_may_show = false
[[tables]]
file = "county.csv"
keys = ["county", "industry"]
count = "n"
total = "all"
"""
HIDDEN = ("wa", "wb", "wc", "xa", "xc", "yb", "yd", "zb", "zd")


def county(hidden):
    """The table with these counts hidden."""
    lines = [
        f"{county},{industry},{'' if county + industry in hidden else count}"
        for county, counts in COUNTS.items()
        for industry, count in zip(INDUSTRIES, counts, strict=True)
    ]
    return "\n".join(["county,industry,n", *lines]) + "\n"


@pytest.fixture
def ranges(judge):
    """Least and greatest value by cell, with these counts hidden."""

    def found(hidden):
        findings = judge(DESCRIPTION, county=county(hidden))
        return {"".join(name[1:]): (each.bounds.lower, each.bounds.upper) for name, each in findings.items()}

    return found


def test_one_count_is_exact_although_each_line_hides_two(ranges):
    """Of the nine hidden ones."""
    assert ranges(HIDDEN) == {
        "wa": (25, 94), "wb": (47, 47), "wc": (0, 69), "xa": (26, 95), "xc": (0, 69),
        "yb": (0, 185), "yd": (0, 185), "zb": (906, 1091), "zd": (585, 770),
    }  # fmt: skip


def test_one_more_hidden_count_leaves_none_exact(ranges):
    """It is the one in the same row and column as two others."""
    assert ranges((*HIDDEN, "xd")) == {
        "wa": (0, 120), "wb": (0, 78), "wc": (0, 69), "xa": (0, 120), "xc": (0, 69), "xd": (0, 78),
        "yb": (0, 185), "yd": (0, 185), "zb": (875, 1138), "zd": (538, 801),
    }  # fmt: skip


def test_a_great_count_that_can_be_computed_is_not_exposed(judge):
    """It could have been published."""
    findings = judge(DESCRIPTION, county=county(HIDDEN))
    assert findings["county.csv", "w", "b"].bounds.exact
    assert not any(finding.is_exposed for finding in findings.values())


def test_one_hidden_count_alone_is_exposed(judge):
    """It is the rest of its row."""
    finding = judge(DESCRIPTION, county=county(("xc",)))["county.csv", "x", "c"]
    assert (finding.bounds.lower, finding.bounds.upper, finding.is_exposed) == (5, 5, True)
    row, column = "county=x is the sum over industry", "industry=c is the sum over county"
    assert {f"county.csv: {row}", f"county.csv: {column}"} & set(finding.reasons)
