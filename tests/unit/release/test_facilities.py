"""Messages of facilities are no people, and are not released: beside other numbers they would tell of some."""

import dataclasses

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release.disclose import release
from healthtrends.reports.registry import decode_reports
from healthtrends.reports.relations import Counted

HEADER = (
    "facility,messages,records,rejected_unreadable,rejected_incomplete,rejected_invalid,expected,"
    "share_of_expected,hours_since_last,completeness,median_delay"
)
SENT = ("H1,140,100,20,0,0", "H2,97,97,3,0,0", "H3,3,3,0,0,0")
LINES = {"stored_lines": 240, "cancellation_lines": 0, "repeated_lines": 0, "records": 200}


@pytest.fixture
def exact():
    """Three facilities with 100, 97 and 3 records; 40 lines of the first were replaced."""
    metrics = {**LINES, "records_replaced_or_cancelled": 40}
    quality = "".join(f"{name},{number},,,\n" for name, number in metrics.items())
    files = {
        "facilities": "".join(f"{line}\n" for line in (HEADER, *(f"{each},,,,," for each in SENT))),
        "quality": f"metric,value,unit,threshold,status\n{quality}",
    }
    return decode_reports({name: text.encode() for name, text in files.items()}, is_fed=True)


def with_meanings(report, **meanings):
    """A report whose columns count something else."""
    relations = report.schema.relations
    changed = dataclasses.replace(relations, meanings={**relations.meanings, **meanings})
    return dataclasses.replace(report, schema=dataclasses.replace(report.schema, relations=changed))


def exposed(files):
    """What the audit finds: the facility, and the range of its count."""
    found = [each for each in audit_release(files, 11) if each.is_exposed]
    return {(each.table, *each.keys.values(), each.bounds.lower, each.bounds.upper) for each in found}


def released(reports):
    """CSV of each released report."""
    return {name: each.report.csv() for name, each in release(reports).reports.items()}


def test_messages_are_not_released(exact):
    """Those of no facility, however many; and the audit finds nothing exposed."""
    files = released(exact)
    rows = [row.split(",") for row in files["facilities"].decode().splitlines()]
    assert {row[1] for row in rows[1:]} == {""}
    assert not exposed(files)


def test_the_audit_finds_records_that_messages_tell(exact):
    """Where they are released as a count of their own, as an earlier version did."""
    shown = with_meanings(exact["facilities"], messages=Counted("messages"))
    found = exposed(released({**exact, "facilities": shown}))
    assert ("facilities.csv: records", "H3", 1, 3) in found
