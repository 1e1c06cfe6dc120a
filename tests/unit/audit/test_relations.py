"""What a reader can add up: totals, other tables, groupings, percentages, labels."""

import pytest

TABLE = """
[[tables]]
file = "a.csv"
keys = ["code"]
count = "n"
total = "all"
"""
SEX = """
[[tables]]
file = "b.csv"
keys = ["code", "sex"]
count = "n"
total = "all"
"""


def span(finding):
    """Least and greatest value, and whether it is exposed."""
    return finding.bounds.lower, finding.bounds.upper, finding.is_exposed


HIDES_ROWS = 'total = "all"\nmissing = "hidden"'


def test_a_count_cube_that_drops_small_rows_gives_them_away(judge):
    """As SMART Cumulus publishes it: counts from 10 on, no complementary cells, a total of 50 beside 47."""
    found = judge(TABLE.replace('total = "all"', HIDES_ROWS), a="code,n\nall,50\nF,47\n")
    assert span(found["a.csv", "(not listed)"]) == (3, 3, True)


def test_rows_that_are_left_out_are_judged_for_each_total(judge):
    """Over each key column."""
    rows = "code,sex,n\nall,all,80\nJ10,all,30\nJ10,F,26\nA00,all,50\nA00,F,25\nA00,M,25\nall,F,51\n"
    found = judge(SEX.replace('total = "all"', HIDES_ROWS), b=rows)
    assert span(found["b.csv", "J10", "(not listed)"]) == (4, 4, True)
    assert span(found["b.csv", "A00", "(not listed)"]) == (0, 0, False)
    assert span(found["b.csv", "all", "(not listed)"]) == (29, 29, False)


def test_a_row_that_is_left_out_is_zero_otherwise(judge):
    """Tables leave codes without patients out."""
    found = judge(SEX, b="code,sex,n\nJ10,all,30\nJ10,F,30\nA00,all,40\nA00,F,\nA00,M,\n")
    assert span(found["b.csv", "A00", "F"]) == (1, 39, False)


def test_equal_keys_in_two_tables_are_one_count(judge):
    """A hidden count that the other table shows is exposed, and so is what is left of the total."""
    found = judge(TABLE + SEX, a="code,n\nJ10,7\nA00,\nall,20\n", b="code,sex,n\nJ10,all,\nJ10,F,\nJ10,M,\n")
    assert span(found["b.csv", "J10", "all"]) == (7, 7, True)
    assert span(found["a.csv", "A00"]) == (13, 13, False)
    assert span(found["b.csv", "J10", "F"]) == (1, 6, True)


def test_totals_that_the_file_leaves_out_are_still_sums(judge):
    """The grand total alone ties all cells together."""
    found = judge(SEX, b="code,sex,n\nall,all,50\nJ10,F,20\nJ10,M,\nA00,F,20\nA00,M,8\n")
    assert span(found["b.csv", "J10", "M"]) == (2, 2, True)


GROUPING = '[[groupings]]\ncolumn = "code"\ngroup = "big"\nof = ["L", "M"]\n'


def test_a_group_is_the_sum_of_its_parts(judge):
    """And is not added to the total once more."""
    found = judge(TABLE + GROUPING, a="code,n\nall,60\nbig,25\nL,\nM,20\nN,35\n")
    assert span(found["a.csv", "L"]) == (5, 5, True)


def test_a_group_may_stand_in_another_table(judge):
    """Counts are known by their keys, wherever they stand."""
    other = TABLE.replace("a.csv", "c.csv").replace('total = "all"\n', "")
    found = judge(TABLE + other + GROUPING, a="code,n\nall,60\nL,\nM,20\nN,\n", c="code,n\nbig,29\n")
    assert span(found["a.csv", "L"]) == (9, 9, True)
    assert span(found["a.csv", "N"]) == (31, 31, False)


def test_groups_of_groups_are_added_once(judge):
    """The total is that of the smallest parts."""
    groups = GROUPING + '[[groupings]]\ncolumn = "code"\ngroup = "huge"\nof = ["big", "N"]\n'
    found = judge(TABLE + groups, a="code,n\nall,100\nhuge,70\nL,20\nM,\nN,45\nO,30\n")
    assert span(found["a.csv", "M"]) == (5, 5, True)


DERIVED = '[[derived]]\ntable = "a.csv"\ncolumn = "percent"\nequals = "100 * n / n(code = all)"\ndigits = 2\n'


def test_a_percentage_of_a_total_gives_the_count(judge):
    """7 of 300 are 2.33 %."""
    found = judge(TABLE + DERIVED, a="code,n,percent\nall,300,100.0\nJ10,,2.33\nA00,,\nB00,,\n")
    assert span(found["a.csv", "J10"]) == (7, 7, True)


def test_a_percentage_of_a_hidden_total_leaves_a_range(judge):
    """The ratio alone is known: 1 of 4 in whole numbers."""
    found = judge(
        TABLE + DERIVED.replace("digits = 2", "digits = 0"),
        a="code,n,percent\nall,,100\nJ10,,25\nA00,30,\n",
    )
    assert span(found["a.csv", "J10"]) == (10, 10, True)
    assert span(found["a.csv", "all"]) == (40, 40, False)


def test_labels_of_hidden_counts_are_read_too(judge):
    """`complementary` says that the other one is small: 11 or more of 13 leave at most 2."""
    table = TABLE.replace('count = "n"', 'count = "n"\nreason = "suppressed"')
    rows = "code,n,suppressed\nall,13,\nJ10,,primary\nA00,,complementary\n"
    assert span(judge(table, a=rows)["a.csv", "J10"]) == (1, 2, True)
    assert span(judge(TABLE, a=rows)["a.csv", "J10"]) == (1, 12, False)


def test_columns_of_one_file_can_be_tables_of_their_own(judge):
    """A wide file: each count column with what it stands for."""
    wide = "".join(
        f'[[tables]]\nname = "{sex}"\nfile = "a.csv"\nkeys = ["code"]\ncount = "{sex}"\n'
        f'fixed = {{ sex = "{sex}" }}\n'
        for sex in ("men", "women")
    )
    total = '[[tables]]\nfile = "a.csv"\nkeys = ["code"]\ncount = "n"\nfixed = { sex = "both" }\n'
    groups = '[[groupings]]\ncolumn = "sex"\ngroup = "both"\nof = ["men", "women"]\n'
    found = judge(wide + total + groups, a="code,n,men,women\nJ10,20,,16\n")
    assert span(found["men", "J10"]) == (4, 4, True)


def test_values_that_are_impossible_between_the_ends_count(judge):
    """Half of an odd number is none: of 1 to 10 only the even ones are left."""
    halves = '[[derived]]\ntable = "a.csv"\ncolumn = "half"\nequals = "n / 2 - n(code = L)"\ndigits = 3\n'
    found = judge(TABLE + halves, a="code,n,half\nJ10,,0.0\nL,,\nM,,\nall,,\nB00,,\n")
    assert not found["a.csv", "J10"].is_exposed  # no upper end
    table = TABLE.replace('count = "n"', 'count = "n"\nreason = "suppressed"')
    found = judge(table + halves, a="code,n,half,suppressed\nJ10,,0.0,primary\nL,,,\n")
    assert span(found["a.csv", "J10"])[2] is True


@pytest.mark.parametrize("hidden", ["", "<11", "*"])
def test_other_signs_for_hidden_counts_are_named(judge, hidden):
    """In the description."""
    table = TABLE.replace('count = "n"', 'count = "n"\nhidden = ["<11", "*"]')
    assert judge(table, a=f"code,n\nall,50\nF,47\nM,{hidden}\n")["a.csv", "M"].is_exposed
