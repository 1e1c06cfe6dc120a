"""Files and descriptions that cannot be used are refused in words."""

import pytest

from healthtrends.errors import UsageError

TABLE = '[[tables]]\nfile = "a.csv"\nkeys = ["code"]\ncount = "n"\ntotal = "all"\n'
DERIVED = '[[derived]]\ntable = "a.csv"\ncolumn = "p"\nequals = "{}"\ndigits = 2\n'


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("[[tables]\n", "is no TOML file"),
        ("", "missing required field `tables`"),
        (TABLE + "totl = 1\n", "totl"),
        (TABLE + TABLE, "has two tables a.csv"),
        (TABLE + DERIVED.format("n").replace("a.csv", "b.csv"), "names table b.csv"),
        ('policy = {name = "magic"}\n' + TABLE, "magic"),
    ],
)
def test_a_description_is_refused_with_its_place(judge, description, words):
    """What is wrong stands in the message."""
    with pytest.raises(UsageError) as caught:
        judge(description, a="code,n\nall,5\n")
    assert words in f"{caught.value.what} {caught.value.why}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("code,m\nJ10,5\n", "a.csv has no column n"),
        ("code,n\nJ10,5,6\n", "line 2 has 3 fields"),
        ("code,n\nJ10,5\nJ10,6\n", "line 3: code=J10 comes twice"),
        ("code,n\nJ10,five\n", "line 2: n is no whole number"),
        ("code,n\nall,5\nJ10,3\nA00,3\n", "contradict each other"),
        ("code,n\nall,5\nJ10,3\nA00,3\nB00,\n", "contradict each other"),
    ],
)
def test_a_file_is_refused_with_its_line(judge, content, words):
    """So that it can be mended."""
    with pytest.raises(UsageError) as caught:
        judge(TABLE, a=content)
    assert words in f"{caught.value.what} {caught.value.why}"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("100 * m", "'m' is neither a number nor n"),
        ("n(code all)", "column = value"),
        ("n(sex = F)", "sex is no key column"),
        ("(n", "parenthesis"),
        ("n n", "unexpected 'n'"),
        ("n * n(code = B00)", "multiplies two counts"),
    ],
)
def test_an_expression_is_refused_with_what_is_wrong(judge, expression, words):
    """Also one that no linear program can judge."""
    with pytest.raises(UsageError) as caught:
        judge(TABLE + DERIVED.format(expression), a="code,n,p\nJ10,,1.0\nB00,,\n")
    assert words in f"{caught.value.what} {caught.value.why}"


def test_two_tables_may_not_give_two_values_for_one_count(judge):
    """Equal keys are one count."""
    with pytest.raises(UsageError, match="two values for the count of code=J10"):
        judge(TABLE + TABLE.replace("a.csv", "b.csv"), a="code,n\nJ10,5\n", b="code,n\nJ10,6\n")
