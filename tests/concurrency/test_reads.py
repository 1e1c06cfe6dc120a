"""Reports made while ingest and compaction go on: each is exactly the state of the one number it names."""

import datetime as dt
import json
import threading
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest

from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.state import State
from tests.concurrency.shared_log import DAY, SharedLog, stop

DATE = dt.date.fromisoformat(DAY)


def state_at(shared: SharedLog, seq: int) -> State:
    """The fold of all manifests up to a number; none is pruned in so short a log."""
    state = State()
    for number in range(1, seq + 1):
        state = state.after(shared.log.read_manifest(number))
    return state


def summary(shared: SharedLog, state: State) -> list[list[str]]:
    """Rows of `trend_summary`, by the contract, from the files of this state wherever they lie now."""
    ages, men, women = defaultdict(list), defaultdict(int), defaultdict(int)
    for path in shared.log.locate(state.paths(DAY)):
        for line in shared.log.store.read(path).splitlines():
            record = json.loads(line)
            code = record["diagnosis_code"]
            ages[code].append(record["age"])
            men[code] += record["gender"] == "M"
            women[code] += record["gender"] == "F"
    rows = [
        [
            code,
            str(len(found)),
            rounded(sum(found), len(found), 2),
            rounded(men[code], men[code] + women[code], 4),
        ]
        for code, found in ages.items()
    ]
    return sorted(rows, key=lambda row: (-int(row[1]), row[0]))


def rounded(number: int, of: int, digits: int) -> str:
    """Half to even, with the fewest digits but one; empty when there is nothing to divide by."""
    if not of:
        return ""
    scaled = Fraction(number * 10**digits, of)
    exact = Decimal(round(scaled)).scaleb(-digits)
    whole, _, rest = f"{exact:.{digits}f}".partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}"


def rows_of(issue: Issue, issues: Issues) -> list[list[str]]:
    """What was published."""
    return [list(row) for row in issues.read(issue, "trend_summary").text_rows()]


def keep_busy(shared: SharedLog, done: threading.Event) -> None:
    """Records arrive and files are merged, until `done`."""
    first = 0
    while not done.is_set():
        shared.send(range(first, first + 60))
        first += 60
        compaction = shared.sandbox.start("compact", DAY)
        compaction.end()


@pytest.mark.parametrize("reports", [1, pytest.param(10, marks=pytest.mark.long)])
def test_each_issue_is_the_state_of_its_number(shared: SharedLog, reports):
    """Counted from the log's file list at that number, removed files included."""
    follower, done = shared.follow(), threading.Event()
    busy = threading.Thread(target=keep_busy, args=(shared, done))
    busy.start()
    try:
        shared.wait_until_stored(100)
        for _ in range(reports):
            shared.sandbox.start("run", DAY, "--no-ingest", "--reprocess", "all").end()
    finally:
        done.set()
        busy.join()
    stop(follower)
    issues = Issues(shared.log.pool, shared.log.layout)
    # A run that found nothing new made none.
    made = [issues.get(DATE, number) for number in issues.numbers(DATE)]
    states = [state_at(shared, issue.source.seq) for issue in made]
    assert [rows_of(issue, issues) for issue in made] == [summary(shared, state) for state in states]
    assert [issue.source.input_names for issue in made] == [state.inputs(DAY) for state in states]
    jobs = [n for n in range(1, shared.state().seq + 1) if shared.log.read_manifest(n).kind == "job"]
    assert any(made[0].source.seq < n for n in jobs), "no compaction came between"
