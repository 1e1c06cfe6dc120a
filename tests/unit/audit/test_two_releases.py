"""Two releases of a date: what hides in one may follow from what shows in the other."""

import pytest

from healthtrends.audit.own_reports import audit_again, audit_release

CODES = ("E11.9", "J10.1", "J11.1")


def released(records, *lines):
    """Records of a date and by code; the count of a hidden one is the rule that hides it."""
    rows = [line.split(",") for line in lines]
    table = "diagnosis,treatment_code,records,recovered,ongoing,deceased,outcome_unknown,"
    table += "recovered_share,deceased_share,suppressed\n"
    for code, count in zip(CODES, *rows, strict=True):
        if count.isdigit():
            table += f"{code},T1,{count},{count},0,0,0,1.0,0.0,\n"
        else:
            why = " ".join(
                f"{name}={rule}"
                for name, rule in (
                    ("records", count),
                    *(
                        (name, "whole_row")
                        for name in ("recovered", "ongoing", "deceased", "outcome_unknown")
                    ),
                    ("recovered_share", "statistic_of_few"),
                    ("deceased_share", "statistic_of_few"),
                )
            )
            table += f"{code},T1,,,,,,,,{why}\n"
    total = (
        "records,,records,,,value=complementary" if records is None else f"records,{records},records,,info,"
    )
    quality = f"metric,value,unit,threshold,status,suppressed\n{total}\n"
    return {"treatment_outcomes": table.encode(), "quality": quality.encode()}


BEFORE = released(50, "complementary,complementary,20")
"""30 records of two codes."""


@pytest.mark.parametrize(
    ("after", "code"),
    [
        pytest.param(released(50, "complementary,27,complementary"), "E11.9", id="nothing came"),
        pytest.param(released(62, "complementary,complementary,32"), "", id="twelve of one code came"),
        pytest.param(released(70, "complementary,27,complementary"), "", id="twenty came of any codes"),
    ],
)
def test_where_a_total_stays_its_parts_do(after, code):
    """So 50 less 20 less 27 are 3."""
    assert not any(each.is_exposed for files in (BEFORE, after) for each in audit_release(files, 11))
    found = audit_again(BEFORE, after, 11)
    assert {each.keys["diagnosis"] for each in found} == ({code} if code else set())


def test_a_hidden_count_that_is_known_exactly_has_a_small_difference():
    """25 of 45, later 24 of some: somebody was erased."""
    before = released(45, "complementary,0,20")
    after = released(None, "24,0,20")
    found = [each for each in audit_again(before, after, 11) if each.keys.get("diagnosis") == "E11.9"]
    assert {(each.bounds.lower, each.bounds.upper) for each in found} == {(1, 1)}


def test_counts_that_grew_and_others_that_shrank_say_nothing_together():
    """Corrections take records away, and bring others."""
    after = released(61, "complementary,complementary,0")
    assert audit_again(BEFORE, after, 11) == []
