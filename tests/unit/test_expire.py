"""Retention: raw records go, what was made of them stays and is final, and the proof holds."""

import datetime as dt
import json

import pytest

from healthtrends.config.retention import Retention
from healthtrends.ingest.topic_check import check_topic
from healthtrends.observe import SilentBar
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.test_forget import DyingStore, Killed, check, everything
from tests.unit.test_pipeline import DAYS, World, run, send

pytestmark = pytest.mark.slow

FIRST, SECOND = map(str, DAYS)
NOW = "2026-01-20T12:00:00+00:00"
"""30 days after the second date."""


@pytest.fixture(autouse=True)
def _time(monkeypatch):
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T12:00:00+00:00")


@pytest.fixture
def new_world(tmp_path, monkeypatch):
    """Makes roots with both dates published, a month ago."""
    pools = []

    def make(name="one", store=LocalStore, **limits):
        monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T12:00:00+00:00")
        pools.append(StorePool(store(tmp_path / name)))
        world = World(pools[-1], snapshot_every=3)
        send(world, 3, rejected=1)
        send(world, 2, DAYS[1])
        run(world)
        monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
        world.retention = Retention(**limits)
        return world

    yield make
    for pool in pools:
        pool.close()


def run_without_limits(world):
    """Publish, and let nothing expire at the end."""
    limits, world.retention = world.retention, Retention()
    run(world)
    world.retention = limits


def expire(world, **options):
    return Pipeline(world).expire(**{"dry_run": False, **options})


def states(world):
    found = {row["date"]: (row["records"], row["report"]) for row in Pipeline(world).status()["dates"]}
    return [found[str(day)] for day in DAYS]


def test_nothing_expires_unless_it_is_set(new_world):
    """No commit either."""
    world = new_world()
    before = dict(everything(world))
    assert expire(world).lines == 0
    assert dict(everything(world)) == before


def test_records_go_and_what_was_made_of_them_stays(new_world):
    """Reports, cubes and lines in the status are those of before, and the reports are final."""
    world = new_world(records_days=30)
    reports = {path: content for path, content in everything(world) if "/reports/" in path or "/cube" in path}
    done = expire(world)
    assert (done.dates, done.lines) == ([FIRST], 3)
    assert states(world) == [(3, "final"), (2, "final")]
    after = dict(everything(world))
    assert {path: after.get(path) for path in reports} == reports
    assert not [path for path in after if f"patient_json/date={FIRST}" in path and "/removed/" not in path]
    assert check(world) == []


def test_no_file_need_hold_the_messages_that_expired(new_world, monkeypatch):
    """Kafka may keep them for longer; beyond a snapshot and a further expiry too."""
    world = new_world(records_days=25, rejects_days=5)
    for now in ("2026-01-20", "2026-03-01", "2026-03-02"):
        monkeypatch.setenv("HEALTHTRENDS_NOW", f"{now}T12:00:00+00:00")
        expire(world)
        findings = list(check_topic(world.topic(), Pipeline(world)._log, SilentBar()))
        assert [finding["ok"] for finding in findings] == [True]
        send(world, 1, late := dt.date(2026, 1, 19))
        Pipeline(world).run_dates([late], RunOptions(allow_empty=True))
    assert list(Pipeline(world)._log.read_state().expired) == [FIRST, SECOND, str(late)]


def test_a_dry_run_says_the_same_and_writes_nothing(new_world):
    """Dates, lines and numbers."""
    world = new_world(records_days=30, rejects_days=5)
    before = dict(everything(world))
    planned = expire(world, dry_run=True)
    assert (planned.dates, planned.lines, planned.rejects) == ([FIRST], 3, 1)
    assert dict(everything(world)) == before


def test_expiring_twice_commits_once(new_world):
    """The second finds nothing."""
    world = new_world(records_days=30)
    expire(world)
    assert expire(world).seq == 0


def test_no_run_makes_the_reports_again(new_world):
    """Whatever is asked for."""
    world = new_world(records_days=1)
    expire(world)
    world.analysed.clear()
    record = run(world, reprocess="all")
    assert ([row.action for row in record.dates], world.analysed) == (["up to date"] * 2, [])
    assert (record.exit_code, check(world)) == (0, [])


def test_a_late_record_is_stored_and_does_not_overwrite_history(new_world):
    """The reports of its date stay; `quality` of the day on which it came counts it."""
    world = new_world(records_days=25)
    expire(world)
    today = dt.date(2026, 1, 20)
    send(world, 1)
    send(world, 4, today)
    record = Pipeline(world).run_dates([*DAYS, today], RunOptions(allow_empty=True))
    assert [row.action for row in record.dates] == ["up to date", "up to date", "published"]
    assert states(world) == [(3, "final"), (2, "final")]
    published = Pipeline(world).published
    quality = published.read(published.issue(today), "quality")
    assert ("late_for_expired_dates", "1", "lines", "0", "warn") in quality.rows
    assert check(world) == []


def test_late_records_expire_in_their_turn(new_world, monkeypatch):
    """As many days after they came."""
    world = new_world(records_days=25)
    expire(world)
    send(world, 1)
    run(world)
    assert expire(world).late_files == 0
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2026-02-20T12:00:00+00:00")
    done = expire(world)
    assert (done.late_files, done.dates, check(world)) == (1, [], [])


def test_what_no_run_has_counted_waits(new_world):
    """Nobody could count it later; a date that looks back on it is stale, and waits as well."""
    world = new_world(records_days=25)
    send(world, 1)
    Pipeline(world).run_dates([], RunOptions(only="ingest"))
    done = expire(world)
    assert (done.waiting, done.dates) == ([FIRST, SECOND], [])
    assert check(world) == []


def test_a_date_that_was_counted_only_can_be_published_from_its_cube(tmp_path, monkeypatch):
    """Once; then it is final."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    pool = StorePool(LocalStore(tmp_path))
    world = World(pool, retention=Retention(records_days=25))
    send(world, 3)
    Pipeline(world).run_dates([], RunOptions(only="ingest"))
    Pipeline(world).backfill()
    expire(world)
    records = [run(world) for _ in range(2)]
    assert [record.dates[0].action for record in records] == ["published", "up to date"]
    assert (states(world)[0], check(world)) == ((3, "final"), [])
    pool.close()


def patient_tables(world):
    return [path for path, _ in everything(world) if "/patients-" in path]


def test_cubes_keep_figures_only_when_no_open_date_looks_back_on_them(new_world, monkeypatch):
    """Hashes of pseudonyms are gone then, the reports are not; dates in between keep theirs."""
    world = new_world(records_days=25)
    expire(world)
    assert len(patient_tables(world)) == 2
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2026-03-01T12:00:00+00:00")
    expire(world)
    assert (patient_tables(world), check(world)) == ([], [])
    before = dict(everything(world))
    expire(world)
    run(world)
    assert (states(world), check(world)) == ([(3, "final"), (2, "final")], [])
    assert {path for path in before if "/_ht/cubes/" in path} <= dict(everything(world)).keys()


@pytest.mark.parametrize("effect", [3, 7, 10, 12])
def test_a_death_while_patients_are_dropped_is_made_good(new_world, monkeypatch, effect):
    """The next expiry puts on record what stands there."""
    world = new_world(store=DyingStore, records_days=25)
    expire(world)
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2026-03-01T12:00:00+00:00")
    DyingStore.effects, DyingStore.dies_at = 0, effect
    try:
        expire(world)
    except Killed:
        pass
    finally:
        DyingStore.dies_at = 0
    expire(world)
    assert (patient_tables(world), check(world)) == ([], [])


def test_rejects_go_by_their_day_of_ingest(new_world):
    """And every offset stays accounted for."""
    world = new_world(rejects_days=10)
    done = expire(world)
    assert (done.reject_days, done.rejects) == (["2025-12-23"], 1)
    assert not [path for path, _ in everything(world) if path.startswith("/r/rejects/")]
    assert check(world) == []


def test_earlier_issues_and_their_copies_go(new_world):
    """The newest stays, and verify knows that the others are gone on purpose."""
    world = new_world(issues_days=10)
    send(world, 1)
    run_without_limits(world)
    assert [issue.number for issue in Pipeline(world).published.all(DAYS[0])] == [1, 2]
    assert expire(world).issues == {FIRST: (1, 1), SECOND: (1, 1)}
    pipeline = Pipeline(world)
    pipeline.status()  # the log says it
    assert [issue.number for issue in pipeline.published.all(DAYS[0])] == [2]
    assert check(world) == []
    run(world)
    assert check(world) == []


def test_copies_go_and_the_history_stays(new_world):
    """Also of dates that no run publishes again."""
    world = new_world(copies=1)
    send(world, 1)
    run_without_limits(world)
    assert expire(world).issues[FIRST] == (0, 1)
    assert [issue.number for issue in Pipeline(world).published.all(DAYS[0])] == [1, 2]
    assert check(world) == []


def test_run_records_go(new_world):
    """By the day in their name."""
    world = new_world(runs_days=5)
    run_without_limits(world)
    assert expire(world).runs == 1
    assert len([path for path, _ in everything(world) if "/_ht/runs/" in path]) == 1
    assert check(world) == []


def test_a_run_expires_at_its_end(new_world):
    """Where it is set."""
    world = new_world(records_days=25)
    run(world)
    assert (list(Pipeline(world)._log.read_state().files), check(world)) == ([], [])


def test_an_erasure_from_a_late_file_leaves_the_final_reports(new_world):
    """What came late is in none of them."""
    world = new_world(records_days=25)
    expire(world)
    send(world, 2)
    run(world)
    pipeline = Pipeline(world)
    result, record = pipeline.forget(pipeline.erasure.person(["P1"], []))
    assert (result.found.records, record.exit_code) == ({FIRST: 1}, 0)
    assert (states(world)[0], check(world)) == ((3, "final"), [])


def survives(new_world, name, effect):
    """Expire, die before that effect, and expire again."""
    world = new_world(name, store=DyingStore, records_days=25, rejects_days=5, runs_days=5, issues_days=1)
    DyingStore.effects, DyingStore.dies_at = 0, effect
    died = False
    try:
        expire(world)
    except Killed:
        died = True
    finally:
        DyingStore.dies_at = 0
    expire(world)
    assert (list(Pipeline(world)._log.read_state().files), check(world)) == ([], [])
    assert states(world) == [(3, "final"), (2, "final")]
    return died


def test_a_death_in_the_middle(new_world):
    """Repeated or finished, never half."""
    survives(new_world, "w", 6)


@pytest.mark.long
def test_every_death(new_world):
    """Before each effect on the file store."""
    effect = 1
    while survives(new_world, f"w{effect}", effect):
        effect += 1
    assert effect > 10


def test_only_ids_in_messages(new_world):
    """The log of an expiry holds dates and numbers."""
    world = new_world(records_days=25)
    expire(world)
    state = Pipeline(world)._log.read_state()
    manifests = [content for path, content in everything(world) if "/log/commits/" in path]
    assert json.loads(max(manifests, key=lambda content: json.loads(content)["seq"]))
    assert {date: each.lines for date, each in state.expired.items()} == {FIRST: 3, SECOND: 2}
