"""The published quality report: what the analysis said, judged, and what only the log knows."""

import csv
import dataclasses
import datetime as dt
import json
import threading

import pytest

from healthtrends.config.quality import Quality
from healthtrends.ingest.runner import ingest
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.model.day_totals import DayTotals, RecordedDay, Treatment
from healthtrends.observe import progress
from healthtrends.orchestrate.reject_counts import IntakeCounter
from healthtrends.reports import quality
from healthtrends.reports.context import IntakeCounts, ReportContext
from healthtrends.reports.quality.limits import failed_lines
from healthtrends.reports.quality.metrics import REASONS_OF_RECORDS, RESOLVED
from healthtrends.reports.report import make_report
from healthtrends.storage.compact import compact
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore, MemoryTopic

DATE = dt.date(2025, 12, 22)
CELL = Treatment(
    "E11", "T", records=10, recovered=0, ongoing=10, deceased=0, timely=6, visit_id=9, record_id=5,
    facility_id=8, region=10,
)  # fmt: skip
STORED = DayTotals(lines=13, treatments=[CELL])


def report(totals=STORED, intake=None, usual=(), **limits):
    context = ReportContext(
        DATE, totals, intake=intake or IntakeCounts(), limits=Quality(**limits), usual_lines=usual
    )
    made = make_report(quality.REPORT, quality.make(context), is_fed=True)
    return {row["metric"]: row for row in csv.DictReader(made.csv().decode().splitlines())}, made


def test_lines_of_the_analysis_come_first_and_keep_their_values():
    """In their order; what is added stands behind them."""
    rows, _ = report()
    alone = quality.make(ReportContext(DATE, STORED))
    assert [(name, row["value"]) for name, row in rows.items()][: len(alone)] == [row[:2] for row in alone]


def test_lines_with_a_limit_are_judged_and_others_are_information():
    """0.8 itself is enough; nothing to judge is told as such."""
    rows, _ = report()
    assert {name: row["status"] for name, row in rows.items() if row["threshold"]} == {
        "visit_id_completeness": "ok",
        "record_id_completeness": "warn",
        "facility_id_completeness": "ok",
        "region_completeness": "ok",
        "recorded_within_24_h": "warn",
        "rejected_share": "ok",
        "records": "ok",
        "share_of_same_weekday": "empty",
        "newest_record_age": "empty",
    }
    assert {row["status"] for row in rows.values() if not row["threshold"]} == {"info"}


def test_fields_that_are_not_expected_are_not_judged():
    """Not every source has a region."""
    rows, _ = report(expected_fields=("visit_id",))
    assert [rows[f"{name}_completeness"]["status"] for name in ("visit_id", "record_id")] == ["ok", "info"]


def test_a_gate_that_is_off_leaves_its_lines_alone():
    """No limit is shown either."""
    rows, _ = report(timeliness_gate="off")
    line = rows["recorded_within_24_h"]
    assert (line["threshold"], line["status"]) == ("", "info")


def test_a_gate_set_to_fail_names_line_value_and_limit():
    """And only where the limit does not hold."""
    _, content = report(completeness_gate="fail")
    assert failed_lines(content, Quality(completeness_gate="fail")) == [
        "record_id_completeness 0.5, limit 0.8"
    ]


def test_a_report_is_judged_by_the_limits_of_now():
    """Not by those that it was published under: a gate set later holds, one that was lifted does not."""
    _, strict = report(completeness_gate="fail")
    _, mild = report(completeness_gate="off")
    assert failed_lines(strict, Quality()) == []
    later = Quality(completeness_gate="fail", min_completeness=0.4)
    assert failed_lines(mild, later) == []
    later = Quality(completeness_gate="fail", min_completeness=0.6)
    assert failed_lines(mild, later) == ["record_id_completeness 0.5, limit 0.6"]


@pytest.mark.parametrize(
    ("lines", "usual", "value", "status"),
    [
        (10, (20, 20), "0.5", "ok"),
        (9, (30, 10, 20), "0.45", "warn"),
        (0, (7,), "0.0", "warn"),
        (5, (), "", "empty"),
    ],
)
def test_lines_stored_are_compared_with_the_same_weekday_of_the_weeks_before(lines, usual, value, status):
    """With the mean of those that were observed; a feed that is down shows before anybody misses a number."""
    rows, _ = report(DayTotals(lines=lines), usual=usual)
    assert (rows["share_of_same_weekday"]["value"], rows["share_of_same_weekday"]["status"]) == (
        value,
        status,
    )


@pytest.mark.parametrize(
    ("newest", "value", "status"),
    [
        ("2025-12-22T18:30:00", "5.5", "ok"),
        ("2025-12-21T23:00:00.25", "25.0", "warn"),
        ("2025-12-24T01:00:00", "0.0", "ok"),
    ],
)
def test_the_newest_record_is_compared_with_the_end_of_its_date(newest, value, status):
    """Not with the clock: the same records give the same report whenever it is made."""
    recorded = [RecordedDay("2025-12-20", 1, "2025-12-20T08:00:00"), RecordedDay(newest[:10], 1, newest)]
    rows, _ = report(DayTotals(recorded=recorded), max_newest_age=24)
    assert (rows["newest_record_age"]["value"], rows["newest_record_age"]["status"]) == (value, status)


@pytest.mark.parametrize(
    ("least", "gate", "status"),
    [(10, "fail", "ok"), (11, "warn", "warn"), (11, "fail", "fail"), (11, "off", "info")],
)
def test_a_date_should_have_a_least_number_of_records(least, gate, status):
    """One by default; a house that knows its days sets more."""
    rows, content = report(min_records=least, records_gate=gate)
    assert rows["records"]["status"] == status
    told = ["records 10, limit 11"] if status == "fail" else []
    assert failed_lines(content, Quality(min_records=least, records_gate=gate)) == told


def test_delays_are_counted_by_days_from_the_visit():
    """From the day before to months after; the newest time is told without needless digits."""
    days = {"2025-12-21": 1, "2025-12-22": 2, "2025-12-23": 4, "2025-12-24": 8, "2025-12-29": 16,
            "2025-12-30": 32, "2026-01-19": 64, "2026-01-20": 128}  # fmt: skip
    recorded = [RecordedDay(day, count, f"{day}T08:00:00.500000") for day, count in days.items()]
    rows, _ = report(DayTotals(recorded=recorded))
    delays = [name for name in rows if name.startswith("recorded_") and name.endswith(("_day", "_days"))]
    assert [rows[name]["value"] for name in delays] == ["1", "2", "4", "8", "16", "96", "128"]
    assert rows["newest_record"]["value"] == "2026-01-20T08:00:00.5Z"


def test_what_was_set_aside_is_replaced_or_cancelled():
    """Both together are the line of the analysis."""
    rows, _ = report(dataclasses.replace(STORED, replaced=2))
    assert [rows[f"records_{which}"]["value"] for which in ("replaced", "cancelled")] == ["2", "1"]


def test_reasons_of_other_formats_have_a_line_where_they_occur():
    """Behind all others, so that reports of records stay as they are."""
    rows, _ = report(intake=IntakeCounts(rejected={"unmapped_system": 3}))
    assert (list(rows)[-1], rows["rejected_unmapped_system"]["value"]) == ("rejected_unmapped_system", "3")


def test_counts_of_visits_made_of_facts_follow_at_the_end():
    """All of them, also with 0, where the date has such records."""
    rows, _ = report(intake=IntakeCounts(resolved={"pending_records": 2}))
    told = {name: rows[name]["value"] for name in RESOLVED}
    assert told == dict.fromkeys(RESOLVED, "0") | {"pending_records": "2"}


def test_every_reason_has_a_line_and_undated_ones_do_not_count_into_the_share():
    """They came with the date's records, but may be of any date."""
    rows, _ = report(intake=IntakeCounts(rejected={"wrong_type": 5, "invalid_json": 7}, undated=7))
    told = {reason.value: rows[f"rejected_{reason.value}"]["value"] for reason in REASONS_OF_RECORDS}
    assert {reason: count for reason, count in told.items() if count != "0"} == {
        "wrong_type": "5",
        "invalid_json": "7",
    }
    assert (rows["messages_rejected"]["value"], rows["rejected_share"]["value"]) == ("12", "0.2778")
    assert rows["rejected_share"]["status"] == "warn"


def test_rejects_that_cannot_be_read_are_not_known_rather_than_zero():
    """The reports themselves do not need them."""
    rows, _ = report(intake=IntakeCounts(rejected=None))
    assert [rows[name]["value"] for name in ("messages_rejected", "rejected_share", "rejected_blank")] == [
        ""
    ] * 3


# Intake: from a log on disk ----------------------------------------------------------------------


@pytest.fixture
def log(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), 200)
    pool.close()


def record(number, **changes):
    fields = {
        "patient_id": f"P-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11",
        "visit_date": str(DATE), "treatment_code": "T", "outcome": "ongoing", **changes,
    }  # fmt: skip
    return json.dumps(fields).encode()


def store(log, topic, *contents):
    for content in contents:
        topic.send(0, content)
    settings = IngestSettings(
        batch_records=1000, batch_bytes=10**9, commit_interval=60.0, future_days=1, pseudonymise=None,
        key_id=None,
    )  # fmt: skip
    with progress("t", None, "m") as bar:
        ingest(topic.reader(), log, settings, threading.Event(), bar, IngestSummary())


def intake(log, date=DATE):
    return IntakeCounter(log, log.read_state(), 3).count(date)


def test_a_reject_counts_for_the_date_that_it_names(log, monkeypatch):
    """Not for the others of its batch; one that names none counts for all of them."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2026-03-01T00:00:00+00:00")
    other = DATE - dt.timedelta(days=1)
    store(log, MemoryTopic(), record(1), record(2, visit_date=str(other)), record(3, age="4"),
          record(4, age="4", visit_date=str(other)), record(5, visit_date="2025-02-30"), b"{")  # fmt: skip
    assert intake(log).rejected == {"wrong_type": 1, "impossible_date": 1, "invalid_json": 1}
    assert (intake(log).undated, intake(log, other)) == (2, intake(log))


def test_a_date_whose_messages_were_all_rejected_says_so(log, monkeypatch):
    """No record of it, so no batch of it; the quarantine of the days around is looked at."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T00:00:00+00:00")
    store(log, MemoryTopic(), record(1, age="4"), record(2, gender="x"), b"{")
    assert intake(log) == IntakeCounts(rejected={"wrong_type": 1, "not_in_list": 1})


def test_offsets_and_unknown_fields_are_those_of_the_batches_with_records_of_the_date(log):
    """Two batches, of which the second has none."""
    topic = MemoryTopic()
    store(log, topic, record(1, shoe=1), record(2, visit_date="2025-12-01"), b"{")
    store(log, topic, record(3, visit_date="2025-12-01", shoe=1))
    found = intake(log)
    assert (found.offsets, found.unknown_fields) == (3, 1)


def test_compaction_changes_nothing_of_the_intake(log):
    """The merged file knows what its sources knew."""
    topic = MemoryTopic()
    for number in range(3):
        store(log, topic, record(number, shoe=1), b"{")
    before = intake(log)
    assert compact(log, DATE) == (3, 1)
    assert (intake(log), before.offsets, before.unknown_fields, before.undated) == (before, 6, 3, 3)


def test_merged_rejects_count_for_the_dates_of_their_own_batches(log, monkeypatch):
    """A broken message that came with records of one date is not held against the others of its file."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T00:00:00+00:00")
    topic, other = MemoryTopic(), DATE - dt.timedelta(days=1)
    store(log, topic, record(1), b"{", b"[")
    store(log, topic, record(2, visit_date=str(other)), b"{", record(3, age="4"))
    before = intake(log), intake(log, other)
    assert compact(log, dt.date(2025, 12, 23), "ingested") == (2, 1)
    assert [each.undated for each in before] == [2, 1]
    assert (intake(log), intake(log, other)) == before


def test_a_message_nested_too_deeply_names_no_date(log):
    """It must not stop the reports of those that it came with."""
    deep = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    store(log, MemoryTopic(), record(1), deep, b"[1]", b'{"visit_date": 5}')
    found = intake(log)
    assert found.rejected is not None
    assert (sum(found.rejected.values()), found.undated) == (3, 3)


def test_a_lost_file_of_the_quarantine_makes_rejects_unknown(log):
    """It withholds no report; `verify` tells of it."""
    store(log, MemoryTopic(), record(1), b"{")
    (path,) = log.read_state().rejects
    log.store.delete(path)
    found = intake(log)
    assert (found.rejected, found.offsets) == (None, 2)
