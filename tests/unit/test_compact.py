"""Many files of a date into few: the same records, the same reports, one commit, whatever else goes on."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from healthtrends.errors import DamageFound, Superseded
from healthtrends.orchestrate.maintenance import Compaction
from healthtrends.orchestrate.steps import Steps
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.compact import compact, days_with_more_files, delete_expired
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, run_job
from healthtrends.storage.manifest import Manifest, Position
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify
from healthtrends.testing import LocalStore

DAY = date(2025, 12, 22)


@pytest.fixture
def log(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    log = CommitLog(pool, Layout("/r"), 200)
    log.commit(manifest("fence", {0: Position(0, 0)}), 0, State(), lambda _: None)
    yield log
    pool.close()


def manifest(kind, parts, key=None, **more):
    return Manifest(
        seq=0, nonce=new_nonce(), kind=kind, mode="once", cluster_id="c", topic="t", topic_id="i",
        key_id=key, clock_date="2025-12-22", program_version="0", committed_at="", parts=parts, **more,
    )  # fmt: skip


def add(log, number, day=DAY, folder="date"):
    """Commit one file of one line, as an ingest would; a reject when the folder is `ingested`."""
    import zlib

    state, nonce, line = log.read_state(), new_nonce(), json.dumps({"n": number}).encode() + b"\n"
    place = log.layout.record_file if folder == "date" else log.layout.reject_file
    src, dst = f"/r/_ht/staging/000000000001/{nonce}/f.jsonl", place(str(day), 1, nonce)
    log.pool.write(src, line)
    file = StagedFile(
        src=src, dst=dst, date=str(day), lines=1, bytes=len(line), crc32=zlib.crc32(line),
        ranges=((0, number, number + 1),), min_recorded_at=f"2025-12-22T00:00:0{number % 10}Z",
        max_recorded_at=f"2025-12-22T00:00:0{number % 10}Z",
    )  # fmt: skip
    if folder == "date":
        what = {"add": (file,), "counts": Counts(messages_stored=1, lines=1)}
    else:
        what = {"rejects": (file,), "counts": Counts(messages_rejected=1)}
    made = manifest("data", {0: Position(state.parts[0].next + 1, 1)}, **what)
    log.snapshot_if_due(log.commit(made, 1, state, lambda _: None))


def numbers(log, paths=None):
    paths = log.read_state().paths(str(DAY)) if paths is None else paths
    return Counter(json.loads(line)["n"] for path in paths for line in log.store.read(path).splitlines())


def in_folder(log):
    folder = f"/r/patient_json/date={DAY}"
    return numbers(log, [f"{folder}/{entry.name}" for entry in log.store.list(folder)])


def test_many_files_become_one_with_the_same_lines(log):
    """In the log and in the folder that Hive-style readers see."""
    for number in range(7):
        add(log, number)
    assert compact(log, DAY) == (7, 1)
    assert numbers(log) == in_folder(log) == Counter(range(7))


def test_the_merged_file_knows_its_facts(log):
    """Lines, united ranges and the span of times, so that `verify` can prove it."""
    for number in range(3):
        add(log, number)
    compact(log, DAY)
    (file,) = log.read_state().files[str(DAY)].values()
    assert (file.lines, file.ranges, file.max_recorded_at) == (3, ((0, 0, 3),), "2025-12-22T00:00:02Z")
    assert [finding for finding in verify(log, None) if not finding["ok"]] == []


def test_rejects_of_a_day_of_ingest_become_one_file(log):
    """The records of the day of the same name stay as they are."""
    for number in range(3):
        add(log, 2 * number, folder="ingested")
        add(log, 2 * number + 1)
    assert compact(log, DAY, "ingested") == (3, 1)
    state = log.read_state()
    assert numbers(log, state.rejects) == Counter((0, 2, 4))
    assert len(state.paths(str(DAY))) == 3
    assert [finding for finding in verify(log, None) if not finding["ok"]] == []


def test_crowded_days_are_those_above_the_limit(log):
    """Of records and of rejects, whichever writer filled them."""
    other = date(2025, 12, 21)
    for number in range(5):
        add(log, number, DAY if number % 2 else other)
        add(log, 5 + number, other, "ingested")
    found = [tuple(each) for each in days_with_more_files(log.read_state(), 2)]
    assert found == [("date", other, 3), ("ingested", other, 5)]


def test_a_day_is_counted_without_its_list(log):
    """After snapshots, additions and removals alike: the head says how many files its lists have."""
    counted = CommitLog(log.pool, log.layout, 3)
    for number in range(10):
        add(counted, number)
        if number in (4, 8):
            compact(counted, DAY)
        state = counted.read_state()
        assert state.files.count(str(DAY)) == len(state.paths(str(DAY)))
    assert state.snapshot
    log.store.delete(state.files.base[str(DAY)].path)
    assert days_with_more_files(counted.read_state(), 1) == [("date", DAY, state.files.count(str(DAY)))]


def test_a_snapshot_that_does_not_count_has_its_list_read(log):
    """Written by an earlier version."""
    counted = CommitLog(log.pool, log.layout, 3)
    for number in range(7):
        add(counted, number)
    head = log.layout.snapshot(counted.read_state().snapshot)
    content = json.loads(log.store.read(head))
    for name in ("file_facts", "reject_facts"):
        del content[name]
    log.store.delete(head)
    log.pool.write(head, json.dumps(content).encode())
    assert days_with_more_files(counted.read_state(), 1) == [("date", DAY, 7)]


def test_reports_do_not_become_stale(log):
    """What a date's records came in stays the same, also when it is compacted twice."""
    for number in range(3):
        add(log, number)
    before = log.read_state().inputs(str(DAY))
    compact(log, DAY)
    add(log, 3)
    newer = set(log.read_state().inputs(str(DAY))) - set(before)
    compact(log, DAY)
    assert set(log.read_state().inputs(str(DAY))) == set(before) | newer


def test_a_date_with_one_file_needs_nothing(log):
    """Not even a fence."""
    add(log, 1)
    seq = log.read_state().seq
    assert (compact(log, DAY), log.read_state().seq) == ((1, 1), seq)


def test_merged_files_stay_below_the_largest_size(log):
    """Neighbours go together as far as they fit."""
    for number in range(6):
        add(log, number)
    assert compact(log, DAY, largest=20) == (6, 3)


def test_other_dates_are_left_alone(log):
    """One date, one job."""
    other = date(2025, 12, 21)
    for number in range(4):
        add(log, number, DAY if number % 2 else other)
    before = log.read_state().paths(str(other))
    compact(log, DAY)
    assert log.read_state().paths(str(other)) == before


def test_a_reader_at_an_older_number_finds_every_file(log):
    """The removed ones lie aside until the grace period is over."""
    for number in range(5):
        add(log, number)
    older = log.read_state()
    compact(log, DAY)
    assert numbers(log, log.locate(older.paths(str(DAY)))) == Counter(range(5))


def test_nothing_of_a_job_is_left_in_staging(log):
    """No ingest may begin for months, only jobs beside a follower; each would leave an empty folder."""
    for number in range(3):
        add(log, number)
    log.store.delete(log.layout.staging)
    compact(log, DAY)
    assert log.store.list(log.layout.staging) == []


def test_removed_files_go_when_the_grace_period_is_over(log, monkeypatch):
    """Two days after the commit that removed them."""
    for number in range(2):
        add(log, number)
    compact(log, DAY)
    kept = len(log.store.list(log.layout.removed_days))
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2126-01-01T00:00:00+00:00")
    delete_expired(log)
    assert (kept, log.store.list(log.layout.removed_days)) == (1, [])


def test_a_quiet_log_goes_on_after_the_grace_period(log, monkeypatch):
    """The newest commit is a compaction, and what it took out is gone for good: that is no damage."""
    for number in range(2):
        add(log, number)
    compact(log, DAY)
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2126-01-01T00:00:00+00:00")
    delete_expired(log)
    assert CommitLog(log.pool, log.layout, 200).recover().seq == log.read_state().seq


def test_a_job_does_not_set_the_key_back(log):
    """An ingest with `--new-key` commits between the job's fence and its commit."""
    add(log, 1)

    def work(_):
        state = log.read_state()
        log.commit(manifest("data", {}, key="another"), 1, state, lambda _: None)
        return Change()

    run_job(log, lambda _: True, work)
    assert log.read_state().key_id == "another"


def test_a_damaged_source_is_not_copied(log):
    """The job ends, and nothing has changed."""
    for number in range(3):
        add(log, number)
    path = log.read_state().paths(str(DAY))[1]
    content = log.store.read(path)
    log.store.delete(path)
    log.pool.write(path, content.replace(b"n", b"m"))
    with pytest.raises(DamageFound, match="differs from its manifest"):
        compact(log, DAY)
    assert len(log.read_state().paths(str(DAY))) == 3


def test_of_two_jobs_at_once_the_later_wins_and_nothing_is_doubled(log):
    """The earlier one is superseded."""
    for number in range(4):
        add(log, number)
    paths = log.read_state().paths(str(DAY))

    def work(context):
        compact(CommitLog(log.pool, log.layout, 200), DAY)
        return Change(remove=paths)

    with pytest.raises(Superseded, match="taken over"):
        run_job(log, lambda _: True, work)
    assert numbers(log) == in_folder(log) == Counter(range(4))


def test_a_job_that_trips_over_what_the_later_one_moved_says_who_took_over(log):
    """It had not asked for its number yet."""
    for number in range(4):
        add(log, number)
    paths = log.read_state().paths(str(DAY))

    def work(context):
        compact(CommitLog(log.pool, log.layout, 200), DAY)
        log.store.read(paths[0])

    with pytest.raises(Superseded, match="taken over"):
        run_job(log, lambda _: True, work)


def test_files_that_arrive_meanwhile_stay(log):
    """Ingest commits between the job's fence and its commit."""
    for number in range(4):
        add(log, number)
    with ThreadPoolExecutor(2) as pool:
        adding = pool.submit(lambda: [add_retrying(log, number) for number in range(4, 20)])
        for _ in range(5):
            compact(CommitLog(log.pool, log.layout, 200), DAY)
        adding.result()
    assert numbers(log) == Counter(range(20))


def add_retrying(log, number):
    """An ingest of its own each time, as a process would be."""
    add(CommitLog(log.pool, log.layout, 200), number)


def test_after_a_run_a_damaged_day_keeps_no_other_from_being_merged(log):
    """Its step failed, the run did not; limit 0 merges nothing."""
    other = date(2025, 12, 23)
    for number in range(6):
        add(log, number, DAY if number % 2 else other)
    log.store.delete(log.read_state().paths(str(DAY))[0])
    steps = Steps(1.0)
    Compaction(log, 0).after_run(steps)
    Compaction(log, 2).after_run(steps)
    assert [(step.date, step.state) for step in steps.records] == [(DAY, "failed"), (other, "done")]
    assert [len(log.read_state().paths(str(day))) for day in (DAY, other)] == [3, 1]
