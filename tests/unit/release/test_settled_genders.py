"""Genders of codes beside those of the date: who has one record has one code, and the same gender in both."""

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release import constraints
from healthtrends.release.disclose import release
from healthtrends.reports.registry import decode_reports
from healthtrends.reports.relations import Settled

CODES = (
    "diagnosis,patients,visits,mean_age,median_age,men,women,other,unknown,gender_ratio,percent_of_visits,"
    "recovered,ongoing,deceased,outcome_unknown\n"
    "E11.9,190,190,40.0,40.0,100,90,0,0,0.5263,92.68,190,0,0,0\n"
    "J10.1,15,15,40.0,40.0,3,12,0,0,0.2,7.32,15,0,0,0\n"
)
GENDERS = (
    "gender,patients,visits,percent_of_patients,mean_age\n"
    "M,103,103,50.24,40.0\nF,102,102,49.76,40.0\nO,0,0,0.0,\nU,0,0,0.0,\n"
)


def exact(records):
    """Two codes; 3 men and 12 women of the second one, each patient with one code."""
    quality = f"metric,value,unit,threshold,status\nrecords,{records},,,\npatients,205,,,\nvisits,205,,,\n"
    files = {"diagnosis_detail": CODES, "gender_breakdown": GENDERS, "quality": quality}
    return decode_reports({name: text.encode() for name, text in files.items()}, is_fed=True)


def exposed(reports):
    """What the audit finds of their release: table, first key, and the range."""
    files = {name: each.report.csv() for name, each in release(reports).reports.items()}
    found = [each for each in audit_release(files, 11) if each.is_exposed]
    return {
        (each.table, next(iter(each.keys.values())), each.bounds.lower, each.bounds.upper) for each in found
    }


@pytest.mark.parametrize("records", [205, 250])
def test_the_genders_of_a_code_are_not_told_by_those_of_the_date(records):
    """Neither where each patient has one record, nor where some have several of one code."""
    assert not exposed(exact(records))


@pytest.mark.parametrize("records", [205, 250])
def test_the_audit_finds_genders_of_a_code_that_those_of_the_date_tell(monkeypatch, records):
    """103 men, 100 of them of the other code, and 15 patients, of whom 12 have to be women."""
    known = constraints._constraints
    monkeypatch.setattr(
        constraints,
        "_constraints",
        lambda tie, counts: () if isinstance(tie, Settled) else known(tie, counts),
    )
    assert ("diagnosis_detail.csv: men", "J10.1", 3, 3) in exposed(exact(records))
