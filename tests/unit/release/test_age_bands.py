"""Means of ages beside age bands: the sum of the ages lies between those of the bands' ends."""

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release import disclose
from healthtrends.release.disclose import release
from healthtrends.release.form import Former
from healthtrends.reports.registry import decode_reports

BANDS = {"20-24": 5, "30-34": 27, "85-89": 8}
"""Men by age band; the first and the last are hidden."""
FEW_OTHERS, MANY_OTHERS = 3, 20
GENDERS = "gender,patients,visits,percent_of_patients,mean_age\nM,40,40,100.0,41.75\n"


def exact(others=FEW_OTHERS):
    """40 men, all but some of them with one code."""
    bands = "age_band,patients,visits,men,women,other,unknown\n" + "".join(
        f"{band},{men},{men},{men},0,0,0\n" for band, men in BANDS.items()
    )
    code = 40 - others
    codes = f"diagnosis,count,avg_age,gender_ratio\nE11.9,{code},41.75,1.0\n" + (
        f"J10.1,{others},41.75,1.0\n" if others else ""
    )
    files = {"age_distribution": bands, "gender_breakdown": GENDERS, "trend_summary": codes}
    return decode_reports({name: text.encode() for name, text in files.items()}, is_fed=True)


def released(reports):
    """CSV by report."""
    return {name: each.report.csv() for name, each in release(reports).reports.items()}


def fields_of(file, key):
    """Fields of the line of a key."""
    (line,) = [line for line in file.decode().splitlines() if line.startswith(f"{key},")]
    return line.split(",")


def test_the_mean_age_of_a_gender_is_hidden_beside_a_hidden_band():
    """27 men from 30 to 34, 41.75 years on average: of the 13 others 4 to 6 are the young ones."""
    assert fields_of(released(exact())["gender_breakdown"], "M")[4] == ""


@pytest.mark.parametrize(("others", "mean"), [(0, ""), (FEW_OTHERS, ""), (MANY_OTHERS, "41.75")])
def test_the_mean_age_of_a_code_is_hidden_where_nearly_all_people_have_it(others, mean):
    """20 others may have any ages."""
    assert fields_of(released(exact(others))["trend_summary"], "E11.9")[2] == mean


def told(others):
    """Age bands that the audit finds, and what tells them, where the suppressor does not know of it."""
    total = f"metric,value,unit,threshold,status\npatients,40,,,\nrecords,{2 * 40},,,\n"
    reports = {**exact(others), **decode_reports({"quality": total.encode()}, is_fed=True)}
    found = audit_release(released(reports), 11)
    return {
        (each.keys["age_band"], each.reasons[0])
        for each in found
        if each.is_exposed and "age_band" in each.keys
    }


def test_the_audit_finds_a_mean_of_all_age_bands(monkeypatch):
    """It knows of that by itself."""
    monkeypatch.setattr(Former, "_tells_bands", lambda *_: False)
    why = "gender_breakdown.csv line 2: mean_age is of all its parts"
    assert {("20-24", why), ("85-89", why)} <= told(FEW_OTHERS)


@pytest.mark.parametrize(("others", "is_found"), [(FEW_OTHERS, True), (MANY_OTHERS, False)])
def test_the_audit_finds_a_mean_of_a_code_that_nearly_all_people_have(monkeypatch, others, is_found):
    """Of the bands of all people."""
    tells = Former._tells_bands
    monkeypatch.setattr(
        Former, "_tells_bands", lambda self, where: "gender" in dict(where) and tells(self, where)
    )
    monkeypatch.setattr(disclose, "revealing_rows", lambda *_: set())
    why = "trend_summary.csv line 2: avg_age is of all its parts"
    assert (("20-24", why) in told(others)) == is_found


def test_nothing_of_it_is_exposed():
    """As it is released."""
    assert not [each for each in audit_release(released(exact()), 11) if each.is_exposed]
