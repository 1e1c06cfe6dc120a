"""What a whole run leaves is proved as a whole, and what somebody changed of it is put back by the next."""

import datetime as dt
import itertools
import json
import os

import pytest

from healthtrends.analyze.cube_tables import SHOWN
from healthtrends.cli.main import main
from healthtrends.config.publish import Publish
from healthtrends.errors import DependencyDown
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish import check
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.cube_head import CubeSource
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.seal import ZEROS, Seal
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import cubes
from healthtrends.testing import LocalStore
from tests.unit.test_pipeline import DAYS, World, actions, send
from tests.unit.test_pipeline import run as run_at_once

BEGIN = dt.datetime(2026, 2, 1, 12, tzinfo=dt.UTC)
MINUTES = itertools.count()


@pytest.fixture
def done(tmp_path, monkeypatch):
    """A world with records of one date, after a run; nobody publishes meanwhile, so nothing is waited for."""
    monkeypatch.setattr(check, "_PAUSE", 0.0)
    monkeypatch.setattr(cubes, "_PAUSE", 0.0)
    monkeypatch.setenv("HEALTHTRENDS_NOW", BEGIN.isoformat())
    pool = StorePool(LocalStore(tmp_path))
    world = World(pool)
    send(world, 3)
    run(world)
    yield world
    pool.close()


def run(world):
    """A run a minute after the one before: run records of the same second have no order."""
    os.environ["HEALTHTRENDS_NOW"] = (BEGIN + dt.timedelta(minutes=next(MINUTES))).isoformat()
    return run_at_once(world)


def faults(world, **options):
    """Checks that are not ok."""
    proof = Pipeline(world).maintenance.verify(None, **options)
    return [(each["check"], each["file"]) for each in proof.findings if not each["ok"]]


def paths(world, folder):
    """All files below a folder."""
    for entry in world.pool.store.list(folder):
        path = f"{folder}/{entry.name}"
        yield from paths(world, path) if entry.is_folder else [path]


def records(world):
    """Run records, oldest first."""
    return [path for path in paths(world, world.layout.runs) if path.endswith(".json")]


def rewrite(world, path, change):
    content = change(world.pool.store.read(path))
    world.pool.store.delete(path)
    world.pool.write(path, content)


def test_what_a_run_leaves_is_well(done):
    """Every check has its line."""
    proof = Pipeline(done).maintenance.verify(None)
    assert [each["check"] for each in proof.findings if not each["ok"]] == []
    assert {"witnesses", "published", "cubes", "runs"} <= {each["check"] for each in proof.findings}


def test_the_run_record_and_status_name_the_head(done):
    """A witness outside of the log, and what to keep elsewhere."""
    head = Pipeline(done).maintenance.verify(None).state.head_name
    assert json.loads(done.pool.store.read(records(done)[-1]))["head"] == head
    assert Pipeline(done).status()["commits"]["head"] == head


def test_a_cut_log_contradicts_the_run_record(done):
    """The newest commit is gone; the log is whole in itself."""
    seq = Pipeline(done).maintenance.verify(None).state.seq
    done.pool.store.delete(done.layout.commit(seq))
    assert ("witnesses", records(done)[-1]) in faults(done)


def test_a_changed_run_record_is_found(done):
    """By its seal."""
    path = records(done)[-1]
    rewrite(done, path, lambda content: content.replace(b'"stored": 3', b'"stored": 4'))
    assert faults(done) == [("runs", path)]


def test_a_run_record_with_a_renewed_seal_is_found_by_the_next(done):
    """Which holds its hash."""
    path = records(done)[-1]
    run(done)

    def forged(content):
        fields = {**json.loads(content), "stored": 4, "seal": f"sha256:{ZEROS}"}
        return Seal().put(json.dumps(fields).encode())

    rewrite(done, path, forged)
    assert faults(done) == [("runs", path)]


def test_a_run_record_sealed_with_a_key_cannot_be_renewed_without(done):
    """Also the newest, once an earlier one is sealed with it."""
    done.seal = Seal(b"k" * 32)
    run(done)
    run(done)
    path = records(done)[-1]
    assert faults(done) == []

    def forged(content):
        fields = {**json.loads(content), "stored": 4, "seal": f"sha256:{ZEROS}"}
        return Seal().put(json.dumps(fields).encode())

    rewrite(done, path, forged)
    assert faults(done) == [("runs", path)]


def test_a_run_record_without_its_seal_is_found(done):
    """The newest one too, which no later record holds the hash of."""
    run(done)
    path = records(done)[-1]

    def bare(content):
        fields = json.loads(content)
        return json.dumps(
            {name: fields[name] for name in fields if name not in ("seal", "previous")}
        ).encode()

    rewrite(done, path, bare)
    assert faults(done) == [("runs", path)]


def test_run_puts_a_changed_report_back(done):
    """Without a new issue, and without the engine."""
    path = f"{done.layout.report('trend_summary', DAYS[0])}/part-00000.csv"
    before = done.pool.store.read(path)
    rewrite(done, path, lambda content: content + b"X99,1,40.0,0.5\n")
    assert faults(done) == [("published", path)]
    done.analysed.clear()
    record = run(done)
    assert (actions(record)[0], record.dates[0].issue, done.analysed) == ("finished", 1, [])
    assert done.pool.store.read(path) == before
    assert faults(done) == []


def cube_table(world):
    """One table of the first date's cube."""
    return next(path for path in paths(world, world.layout.cubes(DAYS[0])) if path.endswith(".parquet"))


@pytest.mark.parametrize("harm", ["change", "delete", "delete all"])
def test_run_makes_a_damaged_cube_again(done, harm):
    """One table of it, or all of it."""
    path = cube_table(done)
    if harm == "change":
        rewrite(done, path, lambda content: content[:-1] + b"x")
    else:
        done.pool.store.delete(path if harm == "delete" else done.layout.cubes(DAYS[0]))
    assert [check for check, _ in faults(done)] == ["cubes"]
    assert actions(run(done))[0] == "finished"
    assert faults(done) == []


def test_a_cube_whose_head_was_made_to_fit_is_found(done):
    """The log has the hash of the right one on record."""
    head = next(path for path in paths(done, done.layout.cubes(DAYS[0])) if path.endswith(".json"))
    rewrite(done, head, lambda content: content.replace(b'"engine": "counting"', b'"engine": "other"'))
    assert [check for check, _ in faults(done)] == ["cubes"]
    assert actions(run(done))[0] == "finished"
    assert faults(done) == []


def test_a_cube_that_somebody_made_up_is_found(done):
    """It is whole in itself, has the right inputs, and is not on record; the next run makes the right one."""
    head = Cubes(done.pool, done.layout).heads(DAYS[0])[0][0]
    source = CubeSource(head.date, head.seq, head.inputs, head.engine, head.engine_version)
    tables = dict.fromkeys(head.tables, b"made up")
    shown = [name for name in SHOWN if name in tables]
    done.pool.store.delete(done.layout.cubes(DAYS[0]))
    Cubes(done.pool, done.layout).write(source, head.totals, tables, {name: tables[name] for name in shown})
    assert [check for check, _ in faults(done)] == ["cubes"]
    assert actions(run(done))[0] == "finished"
    assert faults(done) == []
    assert done.pool.store.read(done.layout.cube_table(DAYS[0], shown[0])) != b"made up"


def test_run_puts_the_cube_of_other_readers_back(done):
    """From its table; no engine is needed."""
    path = done.layout.cube_table(DAYS[0], "gender")
    before = done.pool.store.read(path)
    done.pool.store.delete(path)
    assert faults(done) == [("cubes", path)]
    done.analysed.clear()
    assert (actions(run(done))[0], done.analysed) == ("finished", [])
    assert done.pool.store.read(path) == before


def test_a_topic_that_cannot_be_read_hides_no_fault(done, monkeypatch):
    """What the rest of `verify` found is returned; without a fault the error is, to be tried again."""

    def away():
        raise DependencyDown("Kafka did not answer")

    monkeypatch.setattr(done, "topic", away)
    with pytest.raises(DependencyDown, match="did not answer"):
        Pipeline(done).maintenance.verify(None, against_topic=True)
    path = f"{done.layout.report('trend_summary', DAYS[0])}/part-00000.csv"
    done.pool.store.delete(path)
    assert faults(done, against_topic=True) == [("published", path), ("topic", None)]


def test_what_is_no_head_ends_with_2(capsys, monkeypatch, tmp_path):
    """Before anything is started."""
    monkeypatch.chdir(tmp_path)
    assert main(["verify", "--expect", "17"]) == 2
    assert "is no head of a log" in capsys.readouterr().err


def test_the_next_run_makes_the_first_sealed_commit(done):
    """Though nothing came: with a new key `verify` would else call the newest commit unsealed."""
    done.seal = Seal(b"k" * 32)
    assert [check for check, _ in faults(done)] == ["links"]
    run(done)
    assert faults(done) == []


@pytest.mark.parametrize(
    "keep", [{"keep_issues": 2}, {"keep_copies": 1}, {"keep_issues": 2, "keep_copies": 1}]
)
def test_issues_that_retention_took_are_no_fault(done, keep):
    """Of five issues the newest are kept; the chain over the rest, and what is published, is proved."""
    done.publish = Publish(**keep)
    for _ in range(4):
        send(done, 1)
        run(done)
    assert Issues(done.pool, done.layout).newest(DAYS[0]).number == 5
    assert faults(done) == []


@pytest.mark.parametrize("deleted", ["manifest", "copy"])
def test_an_issue_that_somebody_deleted_is_a_fault_though_retention_took_others(done, deleted):
    """The newest issue names the last number that retention took; what is missing after that is missed."""
    done.publish = Publish(keep_issues=3)
    for _ in range(4):
        send(done, 1)
        run(done)
    folder = done.layout.issues(DAYS[0]) if deleted == "manifest" else done.layout.issue_copies(DAYS[0])
    (path,) = [
        f"{folder}/{entry.name}" for entry in done.pool.store.list(folder) if entry.name.startswith("000004")
    ]
    done.pool.store.delete(path)
    assert faults(done) != []
