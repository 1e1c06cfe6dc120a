"""The report `nowcast`: the reporting triangle is that of the commit log, whatever was merged since."""

import datetime as dt
import zlib

import msgspec
import numpy as np
import pytest

from healthtrends.model.day_totals import DayTotals
from healthtrends.orchestrate.nowcast import LONGEST, ReceivedLines, ReportingTriangle, find_nowcast
from healthtrends.orchestrate.nowcast_evaluation import evaluate_nowcasts
from healthtrends.reports.context import ReportContext
from healthtrends.reports.nowcast import REPORT, make
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.compact import compact
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Manifest, Position
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore

pytestmark = pytest.mark.slow

TODAY = dt.date(2026, 3, 31)
SHARES = (50, 30, 15, 5)
"""Lines of each day by how many days later they come."""


@pytest.fixture
def log(tmp_path):
    """A log with its first fence."""
    pool = StorePool(LocalStore(tmp_path))
    log = CommitLog(pool, Layout("/r"), 20)
    log.commit(manifest(log, "fence", TODAY, ()), 0, State(), lambda _: None)
    yield log
    pool.close()


def manifest(log, kind, day, files):
    lines = sum(file.lines for file in files)
    state = log.read_state()
    position = state.parts.get(0, Position(0, 0))
    return Manifest(
        seq=0, nonce=new_nonce(), kind=kind, mode="once", cluster_id="c", topic="t", topic_id="i",
        key_id=None, clock_date=day.isoformat(), program_version="0", committed_at="", add=files,
        parts={0: Position(position.next + lines, max(1, position.owner))},
        counts=Counts(messages_stored=lines, lines=lines),
    )  # fmt: skip


def receive(log, day, lines):
    """Commit a batch of one clock date: so many lines of each visit date."""
    nonce, files, offset = new_nonce(), [], log.read_state().parts[0].next
    for date, number in lines.items():
        content = b'{"n":1}\n' * number
        src = f"/r/_ht/staging/000000000001/{nonce}/{date}.jsonl"
        log.pool.write(src, content)
        files.append(
            StagedFile(
                src=src,
                dst=log.layout.record_file(str(date), 1, nonce),
                date=str(date),
                lines=number,
                bytes=len(content),
                crc32=zlib.crc32(content),
                ranges=((0, offset, offset + number),),
            )
        )
        offset += number
    state = log.read_state()
    committed = log.commit(manifest(log, "data", day, tuple(files)), 1, state, lambda _: None)
    log.snapshot_if_due(committed)


def days_of_batches(log, days, until=TODAY, shares=SHARES):
    """One batch a day, each of what comes that day of it and of the days before."""
    first = until - dt.timedelta(days=days - 1)
    for ahead in range(days):
        day = first + dt.timedelta(days=ahead)
        dates = {day - dt.timedelta(days=delay): number for delay, number in enumerate(shares) if number}
        receive(log, day, {date: number for date, number in dates.items() if date >= first})


def test_the_newest_days_are_told_by_the_delays_of_those_before(log):
    """Half of a day comes at once: 50 lines of today become 100."""
    days_of_batches(log, 42)
    *_, before, today = find_nowcast(log.read_state(), TODAY)
    assert (today.day, today.state, today.delay, today.lines) == (TODAY, "nowcast", 0, 50)
    assert today.expected == pytest.approx(100, abs=1.5)
    assert today.share == pytest.approx(0.5)
    assert (before.delay, before.lines, before.share) == (1, 80, pytest.approx(0.8))


def test_the_triangle_is_the_same_after_files_were_merged(log):
    """A merged file keeps how many of its lines came on which day."""
    days_of_batches(log, 42)
    found = find_nowcast(log.read_state(), TODAY)
    for back in range(1, 10):
        compact(log, TODAY - dt.timedelta(days=back))
    state = log.read_state()
    merged = state.files[str(TODAY - dt.timedelta(days=5))]
    assert [file.received for file in merged.values()] == [
        {"2026-03-26": 50, "2026-03-27": 30, "2026-03-28": 15, "2026-03-29": 5}
    ]
    assert find_nowcast(state, TODAY) == found


@pytest.mark.parametrize(("days", "state"), [(16, "too little history"), (17, "nowcast")])
def test_seventeen_days_of_batches_are_enough(log, days, state):
    """The longest delay and one, and two nowcasts of the past."""
    days_of_batches(log, days)
    assert find_nowcast(log.read_state(), TODAY)[-1].state == state


def test_a_day_before_the_first_batch_is_no_history(log):
    """Sixty days that were loaded at once do not look like days of which all comes late."""
    loaded = TODAY - dt.timedelta(days=2)
    receive(log, loaded, {loaded - dt.timedelta(days=back): 100 for back in range(58)})
    days_of_batches(log, 2)
    assert {each.state for each in find_nowcast(log.read_state(), TODAY)} == {"too little history"}


def test_a_date_whose_longest_delay_is_over_is_complete(log):
    """Only that date is in its report, with all of its lines."""
    days_of_batches(log, 42)
    date = TODAY - dt.timedelta(days=LONGEST)
    (found,) = find_nowcast(log.read_state(), date)
    assert (found.day, found.state, found.lines, found.quantiles) == (date, "complete", 100, (100,) * 5)


def test_lines_that_come_before_their_day_count_as_its_own(log):
    """A visit of tomorrow that is sent today."""
    days_of_batches(log, 20)
    receive(log, TODAY, {TODAY + dt.timedelta(days=1): 7})
    receive(log, TODAY + dt.timedelta(days=1), {TODAY: 1})
    triangle = ReportingTriangle(ReceivedLines(log.read_state()), TODAY + dt.timedelta(days=1))
    assert triangle.cells(len(triangle.dates) - 1)[0, 0] == 7


def test_what_was_known_on_an_earlier_day_is_what_had_come(log):
    """A nowcast of the past, as it would have been."""
    days_of_batches(log, 30, until=TODAY - dt.timedelta(days=5))
    then = TODAY - dt.timedelta(days=5)
    found = list(ReportingTriangle(ReceivedLines(log.read_state()), then).days())
    days_of_batches(log, 5)
    assert list(ReportingTriangle(ReceivedLines(log.read_state()), then, newest=then).days()) == found


def test_a_file_of_which_the_log_does_not_say_it_is_no_history(log):
    """Of two batches, merged by an earlier version: the days up to it are left out."""
    days_of_batches(log, 42)
    state, date = log.read_state(), TODAY - dt.timedelta(days=12)
    compact(log, date)
    (path,) = log.read_state().files[str(date)]
    state = log.read_state()
    file = state.files[str(date)][path]
    old = msgspec.structs.replace(file, lines_by_day=msgspec.UNSET)
    forgotten = State(seq=state.seq, files=state.files.after((old,), (path,)))
    assert find_nowcast(forgotten, TODAY)[-1].state == "too little history"
    assert find_nowcast(forgotten, date)[-1].state == "not recorded"


def test_the_report_has_the_numbers_and_the_reason_why_there_are_none(log):
    """Rounded: expected to one decimal, the share as percent."""
    days_of_batches(log, 42)
    context = ReportContext(TODAY, DayTotals(), nowcast=find_nowcast(log.read_state(), TODAY))
    rows = [dict(zip(REPORT.column_names, row, strict=True)) for row in make(context)]
    assert len(rows) == LONGEST
    assert (rows[-1]["diagnosis"], rows[-1]["percent_by_then"], rows[-1]["stored_lines"]) == ("all", 50.0, 50)
    assert rows[-1]["lower_90"] <= rows[-1]["lower_50"] <= rows[-1]["upper_50"] <= rows[-1]["upper_90"]
    assert all(np.isfinite(row["expected_lines"]) for row in rows)


def test_nowcasts_of_the_past_are_scored_by_what_became_final(log):
    """Of days known up to each delay; where the shares never change, nearly all end in their intervals."""
    days_of_batches(log, 60)
    past = evaluate_nowcasts(log.read_state())
    assert [each.delay for each in past.delays] == list(range(LONGEST))
    assert past.last == TODAY - dt.timedelta(days=1)
    newest = past.delays[0].score
    assert newest.stored_error == 50
    assert newest.covered_90 == 1
    assert newest.interval_score < 10


def test_without_history_there_is_nothing_to_score(log):
    """No nowcast was possible on any day whose end is known."""
    days_of_batches(log, 16)
    assert evaluate_nowcasts(log.read_state()).delays == []
