"""Messages of facilities, rejected ones too, are not released: beside other numbers they tell of few."""

import dataclasses

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release.disclose import release
from healthtrends.reports.quality.metrics import REASONS_OF_RECORDS
from healthtrends.reports.registry import decode_reports
from healthtrends.reports.relations import Counted

KINDS = ("unreadable", "incomplete", "invalid")
HEADER = (
    "facility,messages,records,rejected_unreadable,rejected_incomplete,rejected_invalid,expected,"
    "share_of_expected,hours_since_last,completeness,median_delay"
)
SENT = ("H1,140,100,0,20,0", "H2,97,97,0,3,0", "H3,3,3,0,0,0")
REJECTED = {
    "messages_rejected": 23,
    **{f"rejected_{reason}": 0 for reason in REASONS_OF_RECORDS},
    "rejected_missing_field": 23,
}
LINES = {"stored_lines": 240, "cancellation_lines": 0, "repeated_lines": 0, "records": 200}


@pytest.fixture
def exact():
    """Three facilities with 100, 97 and 3 records; 40 lines of the first were replaced."""
    metrics = {**LINES, "records_replaced_or_cancelled": 40, **REJECTED}
    quality = "".join(f"{name},{number},,,\n" for name, number in metrics.items())
    files = {
        "facilities": "".join(f"{line}\n" for line in (HEADER, *(f"{each},,,,," for each in SENT))),
        "quality": f"metric,value,unit,threshold,status\n{quality}",
    }
    return decode_reports({name: text.encode() for name, text in files.items()}, is_fed=True)


@pytest.fixture
def counted(exact):
    """The same, with messages as counts of their own, as an earlier version released them."""
    report = exact["facilities"]
    relations = report.schema.relations
    meanings = {
        **relations.meanings,
        "messages": Counted("messages"),
        **{f"rejected_{kind}": Counted("rejected", (("reject_group", kind),)) for kind in KINDS},
    }
    schema = dataclasses.replace(report.schema, relations=dataclasses.replace(relations, meanings=meanings))
    return {**exact, "facilities": dataclasses.replace(report, schema=schema)}


def exposed(files):
    """What the audit finds: the facility, and the range of its count."""
    found = [each for each in audit_release(files, 11) if each.is_exposed]
    return {(each.table, *each.keys.values(), each.bounds.lower, each.bounds.upper) for each in found}


def released(reports):
    """CSV of each released report."""
    return {name: each.report.csv() for name, each in release(reports).reports.items()}


def test_messages_are_not_released(exact):
    """Neither stored nor rejected ones, however many; and the audit finds nothing exposed."""
    files = released(exact)
    rows = [row.split(",") for row in files["facilities"].decode().splitlines()]
    assert {text for row in rows[1:] for text in (row[1], *row[3:6])} == {""}
    assert not exposed(files)


def test_the_median_delay_of_a_facility_is_not_released():
    """Of 11 records with a median of 2 days six came after 2 days or more, beside 8 in `quality`."""
    line = "H1,11,11,0,0,0,,,,,2.0\n"
    exact = decode_reports({"facilities": f"{HEADER}\n{line}".encode()}, is_fed=True)
    (row,) = released(exact)["facilities"].decode().splitlines()[1:]
    assert row.endswith("median_delay=statistic_of_few")


def test_the_audit_finds_records_that_messages_tell(counted):
    """Of 240 lines 237 are of two facilities: no more than three are left for the third one."""
    assert ("facilities.csv: records", "H3", 1, 3) in exposed(released(counted))


def test_the_audit_finds_rejected_messages_that_those_of_the_date_tell(counted):
    """Of 23 that lack a field 20 are of one facility: no more than three are left for another."""
    assert ("facilities.csv: rejected_incomplete", "H2", 1, 3) in exposed(released(counted))
