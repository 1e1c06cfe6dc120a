"""ICD-10-CM: chapters and blocks of codes, and codes that were divided on 1 October."""

import datetime as dt

import pytest

from healthtrends.icd.edition import icd10cm


@pytest.mark.parametrize(
    ("code", "chapter", "block"),
    [
        ("J10.1", "10", "J09-J18"),
        ("A09", "1", "A00-A09"),
        ("U07.1", "22", "U00-U49"),
        ("Q99.Z", "17", "Q90-Q99"),
    ],
)
def test_a_code_belongs_to_a_chapter_and_to_its_innermost_block(code, chapter, block):
    """By its category, also where the code itself is not in the table."""
    assert icd10cm().group(code) == (chapter, block)


def test_a_category_that_is_not_in_the_table_has_no_chapter():
    """It is not put where its letter would suggest."""
    assert icd10cm().group("U99") == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("code", "day", "earlier"),
    [
        ("B88.01", "2025-10-01", "B88.0"),
        ("B88.09", "2026-09-30", "B88.0"),
        ("B88.01", "2025-09-30", None),
        ("B88.0", "2025-10-01", None),
        ("J10.1", "2025-10-01", None),
    ],
)
def test_a_code_that_was_divided_names_the_one_it_comes_from(code, day, earlier):
    """For the fiscal year of the division, as in the order files of CMS."""
    validity = icd10cm().validity
    assert validity is not None
    assert validity.revised_from(code, dt.date.fromisoformat(day)) == earlier


@pytest.mark.parametrize(
    ("code", "day", "begin"),
    [
        ("D71.1", "2025-10-04", "2025-10-01"),
        ("D71.1", "2026-09-30", "2025-10-01"),
        ("D71.1", "2025-04-02", "2025-04-01"),
        ("D71.1", "2025-03-31", None),
        ("D71", "2025-10-04", None),
        ("E11.9", "2025-10-04", None),
    ],
)
def test_a_new_code_tells_since_when_it_may_be_used(code, day, begin):
    """Of a release within the year first, then of the year that the table names."""
    validity = icd10cm().validity
    assert validity is not None
    assert validity.begin(code, dt.date.fromisoformat(day)) == (begin and dt.date.fromisoformat(begin))
