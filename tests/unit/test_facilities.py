"""What each facility sent: counts, expectation, silence, delay, and rejects that name it."""

import datetime as dt
from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from healthtrends.analyze import cube_tables
from healthtrends.analyze.parquet import encode
from healthtrends.config.quality import Quality
from healthtrends.ingest.quarantine import Reject
from healthtrends.ingest.reject_origin import read_origin
from healthtrends.model.day_totals import DayTotals, FacilityCounts, FacilityDay, PriorDays
from healthtrends.model.rejection import Reason
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.orchestrate.reject_counts import IntakeCounter
from healthtrends.reports import facilities, quality
from healthtrends.reports.context import IntakeCounts, ReportContext
from healthtrends.reports.facilities import REJECT_GROUPS, quiet_facilities, reject_group
from healthtrends.reports.report import make_report
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.test_pipeline import World, measured

DATE = dt.date(2025, 12, 22)
NOON, EVENING = "2025-12-22T12:00:00.000000", "2025-12-22T18:00:00.000000"


def day(facility, records, delay=0, lines=None, newest=NOON, **fields):
    recorded = (DATE + dt.timedelta(days=delay)).isoformat()
    counts = {"visit_id": 0, "record_id": 0, "region": 0, **fields}
    return FacilityDay(facility, recorded, lines or records, records, **counts, newest=newest)


def sent(records, newest="2025-12-15T12:00:00.000000"):
    return FacilityCounts(records, newest)


def rows(*days, prior=None, intake=None, **limits):
    context = ReportContext(
        DATE, DayTotals(lines=1, facilities=days), PriorDays(facilities=prior or {}),
        intake=intake, limits=Quality(**limits),
    )  # fmt: skip
    made = make_report(facilities.REPORT, facilities.make(context), is_fed=True)
    return {str(row["facility"]): row for row in made.records()}


def test_a_facility_is_compared_with_its_own_same_weekdays():
    """With the mean of the observed ones: one without a record of it counts as none."""
    prior = {7: {"H1": sent(10), "H2": sent(4)}, 14: {"H1": sent(20)}, 3: {"H1": sent(99)}}
    found = rows(day("H1", 3), day("H2", 3), prior=prior)
    assert (found["H1"]["expected"], found["H1"]["share_of_expected"]) == (15.0, 0.2)
    assert (found["H2"]["expected"], found["H2"]["share_of_expected"]) == (2.0, 1.5)


def test_a_facility_that_is_silent_has_a_row():
    """With the hours since its last record, which is on an earlier date."""
    prior = {back: {"H1": sent(10)} for back in (7, 14)} | {2: {"H9": sent(1, "2025-12-20T23:00:00.000000")}}
    found = rows(day("H2", 3, newest=EVENING), prior=prior)
    assert list(found) == ["H1", "H2", "H9"]
    assert (found["H1"]["records"], found["H1"]["share_of_expected"]) == (0, 0.0)
    assert [found[name]["hours_since_last"] for name in found] == [180.0, 6.0, 49.0]


def test_a_facility_seen_for_the_first_time_has_no_expectation():
    """Nor has one whose weekday never had a record."""
    found = rows(day("H1", 3), prior={7: {"H2": sent(5)}})
    assert (found["H1"]["expected"], found["H1"]["share_of_expected"]) == (0.0, None)
    assert rows(day("H1", 3))["H1"]["expected"] is None


def test_delay_is_the_median_of_its_records():
    """In days; the mean of the two in the middle."""
    found = rows(day("H1", 2, delay=0), day("H1", 1, delay=1), day("H1", 1, delay=5), day("H2", 1, delay=-1))
    assert (found["H1"]["median_delay"], found["H2"]["median_delay"]) == (0.5, -1.0)


def test_completeness_is_of_the_fields_that_are_expected():
    """Without facility_id, which each of them has."""
    full = day("H1", 4, visit_id=4, record_id=2, region=0)
    assert rows(full)["H1"]["completeness"] == 0.5
    assert rows(full, expected_fields=("visit_id", "facility_id"))["H1"]["completeness"] == 1.0
    assert rows(full, expected_fields=())["H1"]["completeness"] is None


def test_lines_that_were_replaced_count_as_messages():
    """Not as records."""
    found = rows(day("H1", 3, lines=5), day("", 2))
    assert (found["H1"]["messages"], found["H1"]["records"]) == (5, 3)
    assert found["(not given)"]["expected"] is None


def test_rejects_that_name_a_facility_are_in_its_row():
    """By group; also where nothing else came of it."""
    intake = IntakeCounts(
        rejected={"wrong_type": 3},
        rejected_by_facility={"H1": {"wrong_type": 2, "missing_field": 1}, "H3": {"invalid_utf8": 1}},
    )
    found = rows(day("H1", 3), day("H2", 1), intake=intake)
    names = [f"rejected_{group}" for group in REJECT_GROUPS]
    assert {name: [row[each] for each in names] for name, row in found.items()} == {
        "H1": [0, 1, 2], "H2": [0, 0, 0], "H3": [1, 0, 0],
    }  # fmt: skip


def test_every_reason_has_a_group():
    """The three columns together are all rejects."""
    assert {reject_group(reason) for reason in Reason} == set(REJECT_GROUPS)


@pytest.mark.parametrize(
    ("raw", "date", "facility"),
    [
        (b'{"visit_date": "2025-12-22", "facility_id": "H1", "age": "x"}', "2025-12-22", "H1"),
        (b'{"visit_date": "2025-13-22", "facility_id": "H1"}', None, None),
        (b'{"facility_id": 7}', None, None),
        (b'{"facility_id": "' + b"x" * 33 + b'"}', None, None),
        (b"MSH|^~\\&|APP|NAME^1.2.3^ISO|...\rPID|", None, "1.2.3"),
        (b"\x0bMSH|^~\\&|APP|NAME|...\rPID|", None, "NAME"),
        (b"MSH|^~\\&|APP", None, None),
        (b"MSH", None, None),
        (b"\xff", None, None),
        (b"[" * 5000, None, None),
        (None, None, None),
    ],
)
def test_a_reject_tells_date_and_facility_as_far_as_it_can(raw, date, facility):
    """Whatever its bytes are."""
    reject = Reject("t", 0, 0, 0, "wrong_type", None, raw)
    assert tuple(read_origin(reject)) == (date, facility)


def test_the_intake_counts_rejects_by_facility(tmp_path):
    """With a date those of the date; without one those of its batches."""
    pool = StorePool(LocalStore(tmp_path))
    world = World(pool)
    good = {
        "patient_id": "P", "age": 4, "gender": "F", "diagnosis_code": "E11", "visit_date": "2025-12-20",
        "treatment_code": "T", "outcome": "ongoing", "facility_id": "H1",
    }  # fmt: skip
    for changes in ({}, {"age": "4"}, {"age": "4", "visit_date": "2025-12-21"}, {"visit_date": 1}):
        world.messages.send(0, msgspec.json.encode({**good, **changes}))
    Pipeline(world).run_dates([dt.date(2025, 12, 20)], RunOptions())
    log = CommitLog(pool, world.layout, 200)
    found = IntakeCounter(log, log.read_state(), 3).count(dt.date(2025, 12, 20))
    assert found.rejected_by_facility == {"H1": Counter(wrong_type=2)}
    assert (found.rejected, found.undated) == ({"wrong_type": 2}, 1)
    pool.close()


PRIOR = {back: {"H1": sent(10), "H2": sent(10), "H3": sent(2)} for back in (7, 14)}


@pytest.mark.parametrize(
    ("records", "quiet"), [({"H1": 10, "H2": 5}, 0), ({"H1": 10, "H2": 4}, 1), ({}, 2), ({"H9": 1}, 2)]
)
def test_quality_counts_facilities_that_usually_send_and_are_quiet(records, quiet):
    """One with few records is not judged; a share of exactly the limit is enough."""
    days = [day(name, count) for name, count in records.items()]
    context = ReportContext(
        DATE, DayTotals(lines=1, facilities=days), PriorDays(facilities=PRIOR), intake=IntakeCounts()
    )
    lines = {row[0]: row[1:] for row in quality.make(context)}
    assert lines["facilities_usual"] == ("2", "facilities", None, "info")
    assert lines["facilities_quiet"] == (str(quiet), "facilities", "0", "warn" if quiet else "ok")
    report = make_report(facilities.REPORT, facilities.make(context), is_fed=True)
    assert len(quiet_facilities(report, Quality())) == quiet


def test_quality_has_no_such_line_where_no_facility_is_known():
    """So that such a report stays as it was."""
    context = ReportContext(DATE, DayTotals(lines=1), PriorDays(facilities={7: {}}), intake=IntakeCounts())
    assert not [row for row in quality.make(context) if str(row[0]).startswith("facilities")]


class Clinics(World):
    """An engine that finds the records of facilities in the lines."""

    def compute(self, paths, date):
        counts = Counter()
        for path in paths:
            for line in self.pool.store.read(path).splitlines():
                counts[msgspec.json.decode(line)["facility_id"]] += 1
        cube = measured(counts.total())
        recorded = date.isoformat()
        found = [
            FacilityDay(name, recorded, n, n, 0, 0, 0, f"{recorded}T08:00:00.000000")
            for name, n in counts.items()
        ]
        table = encode(cube_tables._table(FacilityDay, found))
        return replace(
            cube, totals=replace(cube.totals, facilities=found), tables={**cube.tables, "facility": table}
        )


@pytest.mark.parametrize(("wants_alert", "alerts"), [(True, 1), (False, 0)])
def test_a_quiet_facility_is_noted_and_alerted_if_asked_for(tmp_path, monkeypatch, wants_alert, alerts):
    """The run ends with 0; while the date is not over nothing is said."""
    pool = StorePool(LocalStore(tmp_path))
    world = Clinics(pool, alert_quiet_facilities=wants_alert)
    good = {"age": 4, "gender": "F", "diagnosis_code": "E11", "treatment_code": "T", "outcome": "ongoing"}
    for date, names in ((DATE - dt.timedelta(days=7), ("H1", "H2")), (DATE, ("H1",))):
        for n in range(6):
            for name in names:
                fields = {**good, "patient_id": f"P{n}", "visit_date": str(date), "facility_id": name}
                world.messages.send(0, msgspec.json.encode(fields))
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-22T23:59:59+00:00")
    early = Pipeline(world).run_dates([DATE], RunOptions())
    assert (early.quiet_facilities, early.exit_code, world.alerts) == ({}, 0, [])
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T00:00:00+00:00")
    done = Pipeline(world).run_dates([DATE], RunOptions(reprocess="all"))
    assert (done.quiet_facilities, done.exit_code) == ({"2025-12-22": ["H2"]}, 0)
    assert [alert["quiet_facilities"] for alert in world.alerts] == [{"2025-12-22": ["H2"]}] * alerts
    pipeline = Pipeline(world)
    page = pipeline.page(pipeline.published.issue(DATE)).decode()
    assert page.count('<li class="h4"') == 3
    assert page.count('<li class="h0"') == 1
    world.quality = Quality(facility_gate="fail")
    failed = Pipeline(world).run_dates([DATE], RunOptions(reprocess="all"))
    assert (failed.exit_code, failed.gates) == (3, {"2025-12-22": ["facilities_quiet 1, limit 0"]})
    pool.close()
