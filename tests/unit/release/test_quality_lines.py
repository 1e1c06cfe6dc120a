"""Which lines of `quality` a release shows, and what the others would tell."""

import dataclasses
from pathlib import Path

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release.disclose import release
from healthtrends.release.form import Former
from healthtrends.reports.quality.metrics import DELAYS, REASONS_OF_RECORDS
from healthtrends.reports.quality.relations import RELATIONS
from healthtrends.reports.registry import decode_reports, schemas
from healthtrends.reports.relations import Counted

QUALITY = "metric,value,unit,threshold,status"
TREATMENTS = (
    "diagnosis,treatment_code,records,recovered,ongoing,deceased,recovered_share,deceased_share,"
    "outcome_unknown\nE11.9,T1,197,197,0,0,1.0,0.0,0\nJ10.1,T2,3,0,3,0,0.0,0.0,0\n"
)
GOLDEN = Path(__file__).parents[2] / "golden/day/expected/quality.csv"

SHOWN = {
    *("stored_lines", "cancellation_lines", "records_replaced_or_cancelled", "records", "patients", "visits"),
    *("records_replaced", "records_cancelled", "diagnoses", "record_id_completeness"),
    *("facility_id_completeness", "messages_rejected", "unknown_fields", "offsets_hidden"),
    "share_of_same_weekday",
    *(f"recorded_{name}" for name, _ in DELAYS),
}
"""Besides the reasons of rejected messages; others are withheld."""


def quality(**values):
    """CSV of lines of the report."""
    return "\n".join([QUALITY, *(f"{name},{value},,," for name, value in values.items()), ""])


def released(*metrics, **files):
    """CSV of each released report; some metrics are counts of their own, as an earlier version had them."""
    exact = decode_reports({name: text.encode() for name, text in files.items()}, is_fed=True)
    rows = {**RELATIONS.rows, **{name: {"value": Counted(name)} for name in metrics}}
    schema = dataclasses.replace(schemas()["quality"], relations=dataclasses.replace(RELATIONS, rows=rows))
    changed = {**exact, "quality": dataclasses.replace(exact["quality"], schema=schema)}
    return {name: each.report.csv() for name, each in release(changed).reports.items()}


def exposed(files):
    """What the audit finds: the first key, and the range of its count."""
    found = [each for each in audit_release(files, 11) if each.is_exposed]
    return {(next(iter(each.keys.values())), each.bounds.lower, each.bounds.upper) for each in found}


def test_a_line_that_nobody_thought_of_is_withheld():
    """A new one has to be put into the list first."""
    assert {name for name in RELATIONS.rows if not name.startswith("rejected_")} == SHOWN


def test_of_rejected_messages_their_reasons_alone_show():
    """Those without a date and the share are parts of a number that no table has."""
    files = released(quality=GOLDEN.read_text())
    shown = {row.split(",")[0] for row in files["quality"].decode().splitlines()[1:] if row.split(",")[1]}
    reasons = {f"rejected_{reason.value}" for reason in REASONS_OF_RECORDS}
    assert shown <= SHOWN | reasons


LINES = {"stored_lines": 200, "cancellation_lines": 0, "records_replaced_or_cancelled": 0, "records": 200}
PEOPLE = {"patients": 200, "visits": 200}
FLOW = quality(**LINES, **PEOPLE, offsets_covered=200)


def test_offsets_do_not_show():
    """Nor do records and lines, beside a treatment of few."""
    files = released(quality=FLOW, treatment_outcomes=TREATMENTS)
    assert "offsets_covered,,,,,value=statistic_of_few" in files["quality"].decode()
    assert not exposed(files)


def test_the_audit_finds_records_that_offsets_tell():
    """As many lines as visits at least, and as offsets at most."""
    files = released("offsets_covered", quality=FLOW, treatment_outcomes=TREATMENTS)
    assert "offsets_covered,200" in files["quality"].decode()
    assert ("J10.1", 3, 3) in exposed(files)


@pytest.mark.parametrize(("records", "greatest"), [(203, 3), (209, 9)])
def test_the_audit_finds_patients_of_two_genders_that_the_records_tell(records, greatest):
    """Each of them has a record more."""
    lines = quality(records=records, **PEOPLE, gender_conflicts=3)
    assert ("gender_conflicts", 1, greatest) in exposed(released("gender_conflicts", quality=lines))
    assert not exposed(released(quality=lines))


def test_the_audit_finds_replaced_records_that_copies_tell():
    """11 copies and 195 patients are 206 lines at least, of which 200 are records."""
    files = f"{QUALITY},suppressed\nstored_lines,,,,,value=complementary\ncancellation_lines,0,,,,\n"
    files += "repeated_lines,11,,,,\nrecords_replaced_or_cancelled,,,,,value=primary\n"
    files += "records,200,,,,\npatients,195,,,,\n"
    assert ("records_replaced_or_cancelled", 6, 10) in exposed({"quality": files.encode()})


@pytest.mark.parametrize("metric", ["record_id_completeness", "facility_id_completeness"])
@pytest.mark.parametrize(
    ("share", "is_found"), [("0.995", True), ("0.005", True), ("0.9", False), ("1.0", False)]
)
def test_the_audit_finds_a_share_that_tells_of_few_records(monkeypatch, metric, share, is_found):
    """Of 400 records 0.995 are all but two; it knows of that by itself."""
    monkeypatch.setattr(Former, "_is_safe_share", lambda *_: True)
    files = released(quality=quality(records=400, **{metric: share}))
    found = {each.table for each in audit_release(files, 11) if each.is_exposed}
    assert found == ({f"quality.csv: {metric}"} if is_found else set())
