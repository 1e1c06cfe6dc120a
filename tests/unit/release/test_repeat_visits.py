"""Visits less patients are repeat visits: a count that no report has, and that must not be told either."""

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release.disclose import release
from healthtrends.reports.registry import decode_reports

PLACES = "level,place,patients,visits,percent_of_visits\n"
GENDERS = "gender,patients,visits,percent_of_patients,mean_age\n"


def released(**files):
    """Released reports of these, each as CSV."""
    exact = decode_reports({name: text.encode() for name, text in files.items()}, is_fed=True)
    return release(exact).reports


def rows(report):
    """Texts of the rows of a released report."""
    return report.report.csv().decode().splitlines()[1:]


@pytest.mark.parametrize("repeated", [1, 10])
def test_visits_that_tell_a_few_repeat_visits_are_hidden(repeated):
    """The patients show, and a share of the visits would tell them."""
    found = released(places=f"{PLACES}facility,H1,50,{50 + repeated},40.0\n")
    (row,) = rows(found["places"])
    assert row == "facility,H1,50,,,visits=repeat_visits percent_of_visits=statistic_of_few"


@pytest.mark.parametrize("repeated", [0, 11])
def test_no_repeat_visits_and_many_may_show(repeated):
    """As any other count."""
    found = released(places=f"{PLACES}facility,H1,50,{50 + repeated},40.0\n")
    (row,) = rows(found["places"])
    assert row.startswith(f"facility,H1,50,{50 + repeated},")


def test_a_sum_does_not_tell_hidden_visits():
    """The visits of all genders add up to those of the date: one more has to go."""
    quality = "metric,value,unit,threshold,status\npatients,350,patients,,\nvisits,395,visits,,\n"
    found = released(
        gender_breakdown=f"{GENDERS}M,100,105,28.57,40.0\nF,250,290,71.43,41.0\n", quality=quality
    )
    words = [row.rsplit(",", 1)[1] for each in found.values() for row in rows(each)]
    assert sum("repeat_visits" in word for word in words) == 2


def audited(content):
    """Exposed counts of a file of places: name, and what can be told."""
    text = f"{PLACES[:-1]},suppressed\n{content}"
    found = audit_release({"places": text.encode()}, 11)
    return [(each.table, each.bounds.lower, each.bounds.upper) for each in found if each.is_exposed]


def test_the_audit_subtracts_what_stands_side_by_side():
    """It names the row and what was told."""
    assert audited("facility,H1,50,53,,\n") == [("places.csv: repeat visits", 3, 3)]


def test_the_audit_takes_no_or_many_repeat_visits_for_no_finding():
    """And none that it cannot tell."""
    assert not audited("facility,H1,50,50,,\nfacility,H2,50,61,,\nfacility,H3,50,,,visits=repeat_visits\n")


def test_what_the_audit_finds_of_repeat_visits_is_protected_in_the_next_attempt():
    """By its report and the name of the difference."""
    from healthtrends.release.disclose import Exposed

    exact = decode_reports({"places": f"{PLACES}facility,H1,50,70,40.0\n".encode()}, is_fed=True)
    keys = {"level": "facility", "place": "H1"}
    assert release(exact, exposed=[[Exposed("places", "repeat visits", keys)]]).reports
