"""Visits of all regions are at most the records of the date, as each record has one region."""

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release import constraints
from healthtrends.release.disclose import release
from healthtrends.reports.registry import decode_reports
from healthtrends.reports.relations import Within

QUALITY = "metric,value,unit,threshold,status\n"


def reports(records, **patients):
    """A day with one record a patient but for those that are over, and the patients of each region."""
    places = "".join(f"region,{name},{number},{number},\n" for name, number in patients.items())
    people = sum(patients.values())
    lines = {"records": records, "patients": people, "visits": people}
    files = {
        "places": f"level,place,patients,visits,percent_of_visits\n{places}",
        "quality": QUALITY + "".join(f"{name},{number},{name},,\n" for name, number in lines.items()),
    }
    return decode_reports({name: text.encode() for name, text in files.items()}, is_fed=True)


def released(exact):
    """CSV of each released report."""
    return {name: each.report.csv() for name, each in release(exact).reports.items()}


def exposed(files):
    """What the audit finds: the keys of the row, and the range."""
    found = [each for each in audit_release(files, 11) if each.is_exposed]
    return {(*each.keys.values(), each.bounds.lower, each.bounds.upper) for each in found}


@pytest.mark.parametrize("records", [200, 203, 206])
def test_all_regions_but_a_small_one_do_not_show_beside_the_records(records):
    """Else what is left of the records would end how many people it has."""
    files = released(reports(records, N=90, S=107, I=3))
    assert not exposed(files)
    rows = files["places"].decode().splitlines()[1:]
    assert sum(row.split(",")[2] == "" for row in rows) == 2


def test_regions_show_where_the_records_leave_enough():
    """Eight records more than people: the small region may have eleven."""
    files = released(reports(208, N=90, S=107, I=3))
    assert not exposed(files)
    rows = files["places"].decode().splitlines()[1:]
    assert sum(row.split(",")[2] == "" for row in rows) == 1


@pytest.mark.parametrize(("records", "greatest"), [(200, 3), (203, 6), (207, 10)])
def test_the_audit_finds_a_region_that_the_records_tell(monkeypatch, records, greatest):
    """Where what hides counts does not know the relation."""
    known = constraints._constraints
    monkeypatch.setattr(
        constraints,
        "_constraints",
        lambda tie, counts: () if isinstance(tie, Within) and tie.added_up_at_most else known(tie, counts),
    )
    found = exposed(released(reports(records, N=90, S=107, I=3)))
    assert ("region", "I", 3, greatest) in found
