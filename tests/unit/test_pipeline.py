"""What a run does with its dates, on a store on disk, a topic in memory and an engine that counts lines."""

import csv
import datetime as dt
import json
import threading
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pytest

from healthtrends.analyze.compute_day import ComputedDay
from healthtrends.analyze.cube_tables import tables
from healthtrends.config.publish import Publish
from healthtrends.config.quality import Quality
from healthtrends.errors import EngineFailed, HdfsUnavailable, KafkaUnavailable
from healthtrends.ingest.plan import Shard
from healthtrends.model.day_totals import DayTotals
from healthtrends.orchestrate.day_cube import DayCube
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.input_digests import check_record_files
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.compact import compact
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore, MemoryTopic
from healthtrends.testing.local_dependencies import LocalDependencies

DAYS = [dt.date(2025, 12, 20), dt.date(2025, 12, 21)]
LATER = dt.date(2025, 12, 22)


def measured(lines):
    """What an engine gives that found nothing in so many lines."""
    nobody = pa.table({"patient": pa.array([], pa.binary()), "visits": pa.array([], pa.int32())})
    figures = DayTotals(lines=lines)
    return DayCube(figures, tables(ComputedDay(figures, [nobody])), "counting", "1")


@dataclass
class World(LocalDependencies):
    """All parts of a pipeline, none of them a server; its engine counts lines."""

    pool: StorePool
    failures: list = field(default_factory=list)
    analysed: list = field(default_factory=list)
    lost: int = 0

    def day_computer(self):
        return self

    def compute(self, paths, date):
        if self.failures:
            raise self.failures.pop()
        lines = sum(self.pool.store.read(path).count(b"\n") for path in paths) - self.lost
        self.analysed.append(date)
        return measured(lines)


@pytest.fixture
def world(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    yield World(pool)
    pool.close()


def send(world, count, day=DAYS[0], bad=0, rejected=0):
    for number in range(count + rejected):
        fields = {
            "patient_id": f"P{number}", "age": 4 if number < count else "4", "gender": "F",
            "diagnosis_code": "E11", "visit_date": str(day), "treatment_code": "T", "outcome": "ongoing",
        }  # fmt: skip
        world.messages.send(0, json.dumps(fields).encode())
    for _ in range(bad):
        world.messages.send(0, b"bad")


def run(world, **options):
    return Pipeline(world).run_dates(DAYS, RunOptions(**{"allow_empty": True, **options}))


def actions(record):
    return [result.action for result in record.dates]


def test_a_run_publishes_every_date(world):
    """One date has records, the other an empty report."""
    send(world, 3)
    record = run(world)
    assert (record.exit_code, actions(record)) == (0, ["published", "published"])


def test_a_second_run_analyses_nothing(world):
    """Done is asked first."""
    send(world, 3)
    run(world)
    world.analysed.clear()
    assert (actions(run(world)), world.analysed) == (["up to date"] * 2, [])


@dataclass(slots=True)
class CountingTopic(MemoryTopic):
    """Notes each time that its bounds are asked for, by any reader."""

    asked: list = field(default_factory=list)

    def bounds(self):
        self.asked.append(None)
        return MemoryTopic.bounds(self)


def test_a_run_plans_its_ingest_once(world):
    """It asks the topic once more than an ingest, for hidden messages; it plans beside a writer only."""
    world.messages = CountingTopic()
    send(world, 3)
    Pipeline(world).ingest(False, Shard(), threading.Event())
    alone = len(world.messages.asked)
    send(world, 3)
    run(world, only="ingest")
    assert len(world.messages.asked) - alone == alone + 1


def test_late_records_make_their_date_anew_and_no_other(world):
    """File lists are compared, not commit numbers."""
    send(world, 3)
    run(world)
    world.analysed.clear()
    send(world, 1, DAYS[1])
    run(world)
    assert world.analysed == [DAYS[1]]


def test_reprocess_all_reads_every_date_again_and_publishes_what_differs(world):
    """The same numbers of the same records are no new issue."""
    send(world, 3)
    run(world)
    world.analysed.clear()
    record = run(world, reprocess="all")
    assert world.analysed == DAYS
    assert [(result.action, result.issue) for result in record.dates] == [("up to date", 1)] * 2
    assert [each for each in Pipeline(world).maintenance.verify(None).findings if not each["ok"]] == []


def test_reprocess_missing_leaves_a_stale_date_alone(world):
    """It fills holes only."""
    run(world)
    send(world, 1, DAYS[1])
    assert actions(run(world, reprocess="missing")) == ["up to date", "left out"]


def reprocess(world, which):
    """`run --reprocess` without a date."""
    return Pipeline(world).run_dates([], RunOptions(reprocess=which))


def test_a_late_record_makes_its_date_stale_in_the_status_and_none_before_it(world):
    """As soon as it is stored."""
    send(world, 3)
    send(world, 3, DAYS[1])
    run(world)
    send(world, 1, DAYS[1])
    run(world, only="ingest")
    assert [row["report"] for row in Pipeline(world).status()["dates"]] == ["final", "stale"]


def test_a_late_record_makes_the_30_dates_after_it_stale(world):
    """`visit_frequency` of 27 tells of it, `top_diagnoses` four weeks later, and `alarms` of 30."""
    dates = [DAYS[0] + dt.timedelta(days=after) for after in (0, 1, 28, 30, 31)]
    for day in dates:
        send(world, 1, day)
    Pipeline(world).run_dates(dates, RunOptions())
    send(world, 1)
    run(world, only="ingest")
    states = [row["report"] for row in Pipeline(world).status()["dates"]]
    assert states == ["stale", "stale", "stale", "stale", "final"]


def test_reprocess_stale_without_a_date_makes_exactly_the_stale_dates(world):
    """Of all dates, the late record's; nothing else is in the record."""
    send(world, 3)
    send(world, 3, DAYS[1])
    run(world)
    send(world, 1, DAYS[1])
    world.analysed.clear()
    record = reprocess(world, "stale")
    assert (world.analysed, [(row.date, row.issue) for row in record.dates]) == ([DAYS[1]], [(DAYS[1], 2)])
    assert reprocess(world, "stale").dates == []


def test_reprocess_missing_without_a_date_makes_what_was_never_published(world):
    """A date with records and no report."""
    send(world, 3)
    send(world, 3, DAYS[1])
    Pipeline(world).run_dates(DAYS[:1], RunOptions())
    assert [(row.date, row.action) for row in reprocess(world, "missing").dates] == [(DAYS[1], "published")]


def test_a_published_date_without_records_becomes_stale_by_its_first_record(world):
    """Its issue read no file."""
    run(world)
    send(world, 1, DAYS[1])
    assert [row.date for row in reprocess(world, "stale").dates] == [DAYS[1]]


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_record_file_that_is_gone_is_told_before_anything_is_published(world, damage):
    """The cube would still give numbers, but they would rest on nothing; the date before it waits too."""
    send(world, 3)
    send(world, 119, DAYS[1])
    run(world, only="ingest")
    run(world, only="analyze")
    (path,) = CommitLog(world.pool, world.layout, 200).read_state().paths(str(DAYS[1]))
    content = world.pool.store.read(path)
    world.pool.store.delete(path)
    if damage == "cut":
        world.pool.write(path, content[:-1])
    record = run(world)
    assert (record.exit_code, record.dates) == (4, [])
    assert record.error is not None
    assert path in record.error["why"]
    assert world.pool.store.list("/r/reports") == []
    world.pool.store.delete(path)
    world.pool.write(path, content)
    assert actions(run(world)) == ["published", "published"]


def test_a_file_that_was_merged_meanwhile_is_not_gone(world):
    """Who works at an older number finds it aside."""
    send(world, 3)
    run(world, only="ingest")
    send(world, 2)
    run(world, only="ingest")
    log = CommitLog(world.pool, world.layout, 200)
    before = log.read_state()
    assert compact(log, DAYS[0]) == (2, 1)
    check_record_files(log, before, DAYS)


def test_a_broken_engine_halts_the_run_with_1_and_alerts(world):
    """The second date is not tried; the record names the cause."""
    world.failures = [EngineFailed("the engine failed", "out of memory")]
    record = run(world)
    assert (record.exit_code, len(world.alerts), world.analysed) == (1, 1, [])
    assert record.error is not None
    assert record.error["why"] == "out of memory"


def test_a_missing_record_file_stops_the_run_with_4(world):
    """Not every engine calls that an error; the log knows how many lines there should be."""
    send(world, 3)
    run(world, only="ingest")
    world.lost = 3
    record = run(world)
    assert (record.exit_code, record.dates) == (4, [])


def test_reprocess_failed_takes_up_what_failed_and_nothing_else(world):
    """The mark of a failure is kept until the date is published."""
    world.failures = [EngineFailed("no")]
    run(world)
    assert actions(run(world, reprocess="failed")) == ["published", "left out"]
    assert actions(run(world, reprocess="failed")) == ["up to date", "left out"]


def test_a_transient_failure_of_the_analysis_is_tried_again(world):
    """It shows in the step's record."""
    world.failures = [HdfsUnavailable("away")]
    record = run(world)
    assert record.exit_code == 0
    failures = next(step.failures for step in record.steps if step.name == "analyze")
    assert failures == ["HdfsUnavailable: away"]


def test_too_many_rejects_end_with_3_after_publication(world):
    """Everything valid is out before the gate is asked."""
    send(world, 80, bad=40)
    record = run(world)
    assert (record.exit_code, actions(record)) == (3, ["published", "published"])


def test_few_messages_are_not_judged(world):
    """Half of two says nothing."""
    send(world, 1, bad=1)
    assert run(world).exit_code == 0


def test_days_before_are_one_step_that_goes_on_after_a_failure(world):
    """A line a day would drown what counts, and no day is read twice."""
    for day in (*DAYS, LATER):
        send(world, 1, day)
    world.failures = [HdfsUnavailable("away")]
    record = Pipeline(world).run_dates([LATER], RunOptions())
    making = [step for step in record.steps if step.name == "make cubes"]
    assert [(step.date, step.note, len(step.failures)) for step in making] == [(LATER, "2 made", 1)]
    assert sorted(world.analysed) == [*DAYS, LATER]


def test_a_failed_step_names_the_day_before_that_it_was_at(world):
    """Its date is that of the reports it is for."""
    send(world, 1, DAYS[0])
    send(world, 1, LATER)
    world.failures = [EngineFailed("no", "way")]
    record = Pipeline(world).run_dates([LATER], RunOptions())
    failed = [(step.name, step.note) for step in record.steps if step.state == "failed"]
    assert (record.exit_code, failed) == (1, [("make cubes", "2025-12-20")])


@pytest.mark.parametrize(("good", "bad", "code"), [(0, 120, 3), (0, 99, None), (180, 20, None), (179, 21, 3)])
def test_an_ingest_has_the_gate_of_a_run(world, good, bad, code):
    """All is stored by then, and the hook is told; few messages are not judged."""
    send(world, good, bad=bad)
    pipeline = Pipeline(world)
    summary = pipeline.ingest(False, Shard(0, 1), threading.Event())
    gate = pipeline.runs.check_ingest(summary)
    assert ((gate and gate.exit_code), summary.stored, summary.rejected) == (code, good, bad)
    assert [each["exit_code"] for each in world.alerts] == ([code] if code else [])


def test_the_gate_is_not_asked_again_when_nothing_new_came(world):
    """The share is that of the run's own messages."""
    send(world, 80, bad=40)
    run(world)
    assert run(world).exit_code == 0


def test_a_dry_run_writes_nothing(world):
    """Not even the run record."""
    send(world, 3)
    record = run(world, dry_run=True)
    assert (actions(record), world.pool.store.list("/r")) == (["would publish (missing)"] * 2, [])


def test_only_ingest_stores_and_publishes_nothing(world):
    """The other steps are left for later."""
    send(world, 3)
    record = run(world, only="ingest")
    assert (record.stored, record.dates) == (3, [])


def test_no_ingest_leaves_the_topic_alone(world):
    """The reports say what is stored."""
    send(world, 3)
    assert run(world, no_ingest=True).dates[0].records == 0


def test_a_report_without_ingest_is_provisional_while_a_transaction_hides_messages(world, monkeypatch):
    """And final again when they have been read."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2026-02-01T00:00:00+00:00")
    send(world, 3)
    world.messages.open_at[0] = 2
    run(world, only="ingest")
    record = run(world, no_ingest=True)
    assert (record.hidden, record.dates[0].state) == ({0: (2, 3)}, "provisional")
    del world.messages.open_at[0]
    assert run(world).dates[0].state == "final"


def test_a_run_without_ingest_needs_no_kafka(world, monkeypatch):
    """It says that it does not know what open transactions hide."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2026-02-01T00:00:00+00:00")
    send(world, 3)
    run(world, only="ingest")

    def gone():
        raise KafkaUnavailable("Kafka did not answer")

    monkeypatch.setattr(world, "topic", gone)
    record = run(world, no_ingest=True)
    assert (record.exit_code, record.hidden, record.dates[0].state) == (0, {}, "final")


def test_the_run_record_is_kept(world):
    """With steps, counts and versions, under the month of the run."""
    send(world, 3)
    record = run(world)
    (month,) = [e.name for e in world.pool.store.list("/r/_ht/runs") if e.name != "failed"]
    kept = json.loads(world.pool.store.read(f"/r/_ht/runs/{month}/{record.run_id}.json"))
    assert (kept["stored"], kept["seq"], kept["exit_code"]) == (3, 2, 0)


def test_a_report_of_a_young_date_is_provisional(world, monkeypatch):
    """Until provisional_days have passed."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-22T00:30:00+03:00")
    send(world, 1)
    send(world, 1, DAYS[1])
    assert [result.state for result in run(world).dates] == ["provisional", "provisional"]


def test_a_report_of_an_old_date_is_final(world, monkeypatch):
    """After that."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2026-02-01T00:00:00+00:00")
    send(world, 1)
    send(world, 1, DAYS[1])
    assert [result.state for result in run(world).dates] == ["final", "final"]


def test_files_that_are_compacted_under_the_engine_are_looked_for_again(world, monkeypatch):
    """The engine only says that a file is not there; the next attempt reads them where they lie now."""
    for _ in range(2):
        send(world, 3)
        run(world, only="ingest")
    compute, compacted = world.compute, []

    def interrupted(paths, date):
        if not compacted:
            compacted.append(Pipeline(world).compaction.merge(DAYS[0]))
            raise EngineFailed("the engine gave no result", "a file is not there")
        return compute(paths, date)

    monkeypatch.setattr(world, "compute", interrupted)
    record = run(world, no_ingest=True)
    assert (compacted, record.exit_code, record.dates[0].records) == ([(2, 1)], 0, 6)


def test_a_provisional_report_counts_as_final_when_its_time_is_over(world, monkeypatch):
    """Nothing came after it, so nothing is published again."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-22T00:30:00+00:00")
    send(world, 1)
    run(world)
    states = []
    for day in (22, 23):
        monkeypatch.setenv("HEALTHTRENDS_NOW", f"2025-12-{day}T12:00:00+00:00")
        states += [row["report"] for row in Pipeline(world).status()["dates"]]
    assert states == ["provisional", "empty", "final", "empty"]


def meta_of(world, day, report="trend_summary"):
    return json.loads(world.pool.store.read(f"/r/reports/{report}/date={day}/_meta.json"))


@pytest.mark.parametrize("now", ["2025-12-22T12:00:00+00:00", "2026-02-01T00:00:00+00:00"])
def test_a_date_without_records_between_others_is_published_as_empty(world, monkeypatch, now):
    """Whatever the clock says: its zeros are no counts. A gate warns, and its first record makes it stale."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", now)
    send(world, 1)
    send(world, 1, LATER)
    record = Pipeline(world).run_dates([*DAYS, LATER], RunOptions())
    assert (record.exit_code, record.dates[1].state, record.dates[1].issue) == (0, "empty", 1)
    assert (meta_of(world, DAYS[1])["state"], meta_of(world, DAYS[0])["state"] != "empty") == ("empty", True)
    assert quality_of(world, DAYS[1])["records"] == ("0", "warn")
    rows = {row["date"]: (row["records"], row["report"]) for row in Pipeline(world).status()["dates"]}
    assert rows[str(DAYS[1])] == (0, "empty")
    send(world, 1, DAYS[1])
    run(world, only="ingest")
    states = {row["date"]: row["report"] for row in Pipeline(world).status()["dates"]}
    assert (states[str(DAYS[1])], states[str(LATER)]) == ("stale", "stale")


def test_a_date_whose_messages_were_all_rejected_is_empty_and_its_gate_fails_when_set(world, monkeypatch):
    """What came cannot be counted, which is no day without visits."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T12:00:00+00:00")
    world.quality = Quality(reject_gate="fail")
    send(world, 1)
    send(world, 0, DAYS[1], rejected=5)
    send(world, 1, LATER)
    record = Pipeline(world).run_dates([DAYS[1]], RunOptions())
    assert (record.exit_code, record.dates[0].state, len(world.alerts)) == (3, "empty", 1)
    assert record.error is not None
    assert record.error["why"] == f"{DAYS[1]}: rejected_share 1.0, limit 0.1"


@pytest.mark.parametrize("dates", [[dt.date(2024, 1, 1)], [DAYS[0], dt.date(2025, 12, 30)]])
def test_dates_outside_the_stored_ones_are_refused_and_nothing_is_published(world, dates):
    """A slip of the year made a day of zeros, for ever; of a range none is published before it is told."""
    send(world, 1)
    send(world, 1, DAYS[1])
    record = Pipeline(world).run_dates(dates, RunOptions())
    assert (record.exit_code, record.stored, record.dates, len(world.alerts)) == (2, 2, [], 1)
    assert record.error is not None
    assert record.error["what"] == f"no records can be expected of {dates[-1]}"
    assert record.error["why"] == f"records are stored of {DAYS[0]} to {DAYS[1]}"
    assert world.pool.store.list("/r/reports") == []
    assert actions(Pipeline(world).run_dates(dates, RunOptions(allow_empty=True)))[-1] == "published"


@pytest.mark.parametrize(
    ("slip", "date"),
    [(dt.date(2099, 1, 1), dt.date(2050, 1, 1)), (dt.date(1901, 1, 1), dt.date(1950, 1, 1))],
)
def test_one_record_of_a_wrong_date_does_not_widen_the_range_of_stored_dates(world, slip, date):
    """Of the future or of another century; its own date has a record, and is no slip of who asks for it."""
    world.settings = replace(world.settings, future_days=40_000)
    send(world, 1)
    send(world, 1, DAYS[1])
    send(world, 1, slip)
    record = Pipeline(world).run_dates([date], RunOptions())
    assert (record.exit_code, record.dates) == (2, [])
    assert record.error is not None
    assert record.error["why"] == f"records are stored of {DAYS[0]} to {DAYS[1]}"
    assert actions(Pipeline(world).run_dates([slip], RunOptions())) == ["published"]
    assert actions(Pipeline(world).run_dates([date], RunOptions(allow_empty=True))) == ["published"]


def test_the_latest_date_is_none_after_today(world):
    """Else one record of 2099 is the latest for ever."""
    world.settings = replace(world.settings, future_days=40_000)
    send(world, 1)
    send(world, 1, dt.date(2099, 1, 1))
    run(world, only="ingest")
    assert Pipeline(world).latest() == DAYS[0]


def test_a_date_whose_records_come_with_the_same_run_is_within_the_stored_ones(world):
    """The range is asked after the ingest, and a dry run, which ingests nothing, does not foresee it."""
    send(world, 1)
    run(world, only="ingest")
    send(world, 1, LATER)
    assert Pipeline(world).run_dates([LATER], RunOptions(dry_run=True)).exit_code == 0
    assert actions(Pipeline(world).run_dates([LATER], RunOptions())) == ["published"]


def test_where_nothing_is_stored_a_date_is_refused(world):
    """The feed is down, or it is another topic; where all was rejected, that is what is told."""
    record = Pipeline(world).run_dates(DAYS, RunOptions())
    assert record.error is not None
    assert (record.exit_code, record.error["why"]) == (2, "no record is stored yet")
    send(world, 0, bad=100)
    assert Pipeline(world).run_dates(DAYS, RunOptions()).exit_code == 3


def quality_of(world, day=DAYS[0]):
    """The published report, value and status by metric."""
    content = world.pool.store.read(f"/r/reports/quality/date={day}/part-00000.csv").decode()
    rows = csv.DictReader(content.splitlines())
    return {row["metric"]: (row["value"], row["status"]) for row in rows}


def test_the_published_quality_report_knows_what_the_engine_cannot(world):
    """Rejects and offsets come from the log."""
    send(world, 3, bad=2)
    run(world)
    told = quality_of(world)
    assert [told[name] for name in ("messages_rejected", "rejected_invalid_json", "offsets_covered")] == [
        ("2", "info"),
        ("2", "info"),
        ("5", "info"),
    ]


def test_a_gate_set_to_fail_ends_with_3_after_publication_and_holds(world):
    """The same run again publishes nothing, but a scheduler's second try must not turn it to success."""
    world.quality = Quality(reject_gate="fail")
    send(world, 3, rejected=1)
    record = run(world)
    assert (record.exit_code, actions(record)) == (3, ["published", "published"])
    assert quality_of(world)["rejected_share"] == ("0.25", "fail")
    assert record.error is not None
    assert record.error["why"] == f"{DAYS[0]}: rejected_share 0.25, limit 0.1"
    again = run(world)
    assert (again.exit_code, actions(again)) == (3, ["up to date", "up to date"])
    world.quality = Quality(reject_gate="warn")
    assert run(world).exit_code == 0


def test_a_gate_set_to_fail_after_publication_holds_without_an_issue(world):
    """Its limit is asked of what is published, so the date stays up to date, and the alert is sent."""
    send(world, 3, rejected=1)
    assert run(world).exit_code == 0
    world.quality = Quality(reject_gate="fail", max_reject_share=0.2)
    again = run(world)
    assert (again.exit_code, actions(again), len(world.alerts)) == (3, ["up to date", "up to date"], 1)
    assert again.error is not None
    assert again.error["why"] == f"{DAYS[0]}: rejected_share 0.25, limit 0.2"
    world.quality = Quality(reject_gate="fail", max_reject_share=0.3)
    assert run(world).exit_code == 0


def test_a_gate_that_only_warns_ends_with_0(world):
    """Which is the default."""
    send(world, 3, rejected=1)
    assert (run(world).exit_code, quality_of(world)["rejected_share"]) == (0, ("0.25", "warn"))


def test_every_issue_has_its_exports(world):
    """In a folder of their own, with a mark that they are whole, when they are asked for."""
    world.publish = Publish(exports=True)
    send(world, 3)
    run(world)
    names = {entry.name for entry in world.pool.store.list(f"/r/reports/exports/date={DAYS[0]}")}
    assert names >= {"_SUCCESS", "trends.json", "datapackage.json", "trend_summary.parquet"}
    world.publish = Publish()
    send(world, 1)
    run(world)
    assert world.pool.store.list(f"/r/reports/exports/date={DAYS[0]}") == []
