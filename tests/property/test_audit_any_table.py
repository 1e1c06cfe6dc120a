"""The audit against an attacker who tries all whole-number tables that fit what was released."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthtrends.audit.description import parse_description
from healthtrends.audit.judge import audit

pytestmark = pytest.mark.slow

LIMIT = 3
DESCRIPTION = b"""
[policy]
hidden_below = 3
[[tables]]
file = "t.csv"
keys = ["row", "column"]
count = "n"
total = "all"
"""
ROWS, COLUMNS = ("r", "s", "t"), ("c", "d", "e")
INNER = list(itertools.product(ROWS, COLUMNS))


@st.composite
def tables(draw):
    """Counts from 0 to 4, and which of the inner ones are hidden; zeros are shown."""
    counts = {cell: draw(st.integers(0, 4)) for cell in INNER}
    hidden = [cell for cell in INNER if counts[cell] and draw(st.booleans())]
    return counts, hidden[:5]


def total(counts, row, column):
    """The count of a row of the file."""
    return sum(count for (r, c), count in counts.items() if row in {r, "all"} and column in {c, "all"})


def possible(counts, hidden):
    """All values that each hidden count takes in a table with the same totals."""
    rows = {row: sum(counts[cell] for cell in hidden if cell[0] == row) for row in ROWS}
    columns = {column: sum(counts[cell] for cell in hidden if cell[1] == column) for column in COLUMNS}
    found = {cell: set() for cell in hidden}
    ends = [range(1, min(rows[row], columns[column]) + 1) for row, column in hidden]
    for values in itertools.product(*ends):
        guess = dict(zip(hidden, values, strict=True))
        if all(sum(guess[c] for c in hidden if c[0] == row) == rows[row] for row in ROWS) and all(
            sum(guess[c] for c in hidden if c[1] == column) == columns[column] for column in COLUMNS
        ):
            for cell, value in guess.items():
                found[cell].add(value)
    return found


@given(tables())
def test_the_audit_finds_exactly_what_trying_all_tables_finds(drawn):
    """Least value, greatest value, and whether it is exposed."""
    counts, hidden = drawn
    lines = [
        f"{row},{column},{'' if (row, column) in hidden else total(counts, row, column)}"
        for row in (*ROWS, "all")
        for column in (*COLUMNS, "all")
    ]
    findings = audit(
        parse_description(DESCRIPTION), {"t.csv": "\n".join(["row,column,n", *lines, ""]).encode()}
    )
    expected = possible(counts, hidden)
    assert len(findings) == len(hidden)
    for finding in findings:
        values = expected[finding.keys["row"], finding.keys["column"]]
        assert (finding.bounds.lower, finding.bounds.upper) == (min(values), max(values))
        exposed = values <= set(range(1, LIMIT)) and len(values) < LIMIT - 1
        assert finding.is_exposed == exposed
