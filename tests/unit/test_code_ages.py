"""Patients of each code by age, as a cube keeps them."""

import pyarrow as pa

from healthtrends.analyze.code_ages import by_age_group, code_ages, encoded, groups_of_codes, old_people
from healthtrends.model.day_totals import AGE_GROUP_STARTS, AGE_GROUPS, BAND_STARTS


def rows(*found):
    """As the engine gives them, in its order."""
    names = ("diagnosis_code", "age", "patients")
    return pa.table(dict(zip(names, zip(*found, strict=True), strict=True)))


DAY = rows(("J10.1", 4, 3), ("E11", 93, 1), ("J10.1", 5, 2), ("E11", 90, 2), ("J10.1", 0, 1), ("E11", 64, 1))


def test_ages_are_summed_by_band_and_sorted():
    """The same bytes in whatever order an engine gives its rows."""
    assert code_ages(DAY).to_pydict() == {
        "diagnosis": ["E11", "E11", "J10.1", "J10.1"],
        "age_band": [60, 90, 0, 5],
        "patients": [1, 3, 4, 2],
        "years": [64, 273, 12, 10],
    }
    assert encoded(code_ages(DAY)) == encoded(code_ages(DAY.take(pa.array([5, 4, 3, 2, 1, 0]))))


def test_groups_are_whole_bands():
    """So a group is a sum of bands, and a patient is in one of them."""
    assert set(AGE_GROUP_STARTS) <= set(BAND_STARTS)
    found = by_age_group(encoded(code_ages(DAY))).to_pylist()
    assert {(row["diagnosis"], AGE_GROUPS[row["age_group"]]): row["patients"] for row in found} == {
        ("E11", "45-64"): 1, ("E11", "65+"): 3, ("J10.1", "0-4"): 4, ("J10.1", "5-14"): 2,
    }  # fmt: skip


def test_ages_from_90_on_count_as_90_where_a_code_has_such_people():
    """Codes without are not there: their means need no change."""
    assert old_people(encoded(code_ages(DAY))) == {"E11": (4, 3, 64 + 3 * 90)}


def test_a_table_without_years_tells_who_is_old_but_not_their_sum():
    """An earlier version wrote it."""
    table = code_ages(DAY).drop_columns(["years"])
    assert old_people(encoded(table)) == {"E11": (4, 3, None)}


def test_a_code_that_nobody_had_has_zeros():
    """Its curve is there."""
    found = groups_of_codes(encoded(code_ages(DAY)), ["J10.1", "A00"])
    assert found == {"J10.1": [4, 2, 0, 0, 0, 0], "A00": [0] * len(AGE_GROUPS)}


def test_a_day_on_which_nobody_counts_has_no_rows():
    """All were cancelled, or none came."""
    assert (
        by_age_group(encoded(None)).num_rows
        == by_age_group(encoded(code_ages(DAY.slice(0, 0)))).num_rows
        == 0
    )
