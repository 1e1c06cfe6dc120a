"""Policies that round: classes of counts, totals, statistics, names of columns."""

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.errors import UsageError
from healthtrends.release.disclose import release
from healthtrends.release.rule import MIDPOINT6, OPENSAFELY
from healthtrends.release.shown_counts import ShownCounts
from healthtrends.reports.registry import decode_reports

DETAIL = (
    "diagnosis,patients,visits,mean_age,median_age,men,women,other,unknown,gender_ratio,percent_of_visits,"
    "recovered,ongoing,deceased,outcome_unknown\n"
)
RULES = pytest.mark.parametrize("rule", [OPENSAFELY, MIDPOINT6], ids=lambda rule: rule.name)


def released(rule, **files):
    """CSV of the released reports of these, by name."""
    exact = decode_reports({name: text.encode() for name, text in files.items()}, is_fed=True)
    return {name: each.report.csv().decode() for name, each in release(exact, rule).reports.items()}


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (8, 10), (10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (1234, 1235)]
)
def test_opensafely_rounds_to_the_nearest_5(count, shown):
    """What is not hidden."""
    assert OPENSAFELY.shown(count) == shown


@pytest.mark.parametrize("count", range(50))
def test_midpoint6_is_the_middle_of_a_class_of_six(count):
    """ceil(x / 6) * 6 - 3 for x > 0."""
    assert MIDPOINT6.shown(count) == (-(-count // 6) * 6 - 3 if count else 0)


@RULES
@pytest.mark.parametrize("count", range(8, 60))
def test_a_count_lies_in_its_class_and_all_of_the_class_show_alike(rule, count):
    """Both ends, too."""
    low, high = rule.ends(count)
    assert low <= count <= high
    assert {rule.shown(each) for each in range(low, high + 1)} == {rule.shown(count)}
    assert rule.shown(high + 1) != rule.shown(count) != rule.shown(low - 1)


def test_a_total_is_the_sum_of_its_rounded_parts():
    """24 men and women are 12 + 12, each of which shows as 10; the share is made of what shows."""
    row = "E11,24,24,40.26,41.5,12,12,0,0,0.5,100.0,0,24,0,0\n"
    text = released(OPENSAFELY, diagnosis_detail=DETAIL + row)["diagnosis_detail"]
    assert text.splitlines()[1].startswith("E11,20,25,40.0,42.0,10,10,0,0,0.5,")


def test_a_total_beside_a_hidden_part_is_rounded_by_itself():
    """Else it would miss them."""
    row = "E11,24,24,40.26,41.5,19,5,0,0,0.5,100.0,0,24,0,0\n"
    text = released(OPENSAFELY, diagnosis_detail=DETAIL + row)["diagnosis_detail"]
    assert text.splitlines()[1].startswith("E11,25,25,40.0,42.0,,,0,0,,")


def test_midpoint6_names_its_columns():
    """And hides statistics of six people or fewer."""
    row = "E11,6,6,40.26,41.5,6,0,0,0,1.0,100.0,0,6,0,0\n"
    text = released(MIDPOINT6, diagnosis_detail=DETAIL + row)["diagnosis_detail"]
    header, line = text.splitlines()
    assert header.startswith(
        "diagnosis,patients_midpoint6,visits_midpoint6,mean_age,median_age,men_midpoint6,"
    )
    assert line == "E11,3,3,,,3,0,0,0,1.0,,0,3,0,0,mean_age=statistic_of_few median_age=statistic_of_few"


def test_the_audit_refuses_a_total_that_is_rounded_by_itself_beside_its_parts(monkeypatch):
    """25 beside 10 and 10 says that both are 12, or one is 11."""
    monkeypatch.setattr(ShownCounts, "_recompute", lambda *_: None)
    row = "E11,24,24,40.26,41.5,12,12,0,0,0.5,100.0,0,24,0,0\n"
    files = released(OPENSAFELY, diagnosis_detail=DETAIL + row)
    with pytest.raises(UsageError, match="is not the sum over gender"):
        audit_release({name: text.encode() for name, text in files.items()}, 8, "opensafely")
