"""Half an hour as operators have it, with faults: `make ops-demo`; `SECONDS=300` for less.

A line after each fault tells what was acknowledged, stored and published by then.
"""

import json
import os
import random

import pytest

from healthtrends.observe import metrics
from tests.concurrency.memory import growth
from tests.faults.operations_day import operations_day
from tests.faults.sandbox import DAY
from tests.operations.scrape import Scrape

SECONDS = float(os.environ.get("OPS_SECONDS", "1800"))
MOST_GROWTH = 1.10


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 1200)
def test_a_day_of_operation(own_stack, make_sandbox, capsys):
    """All that was acknowledged is counted once, metrics are right, memory is flat, the root verifies."""
    seed = int(os.environ.get("OPS_SEED", random.SystemRandom().randrange(10**6)))

    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201  watched while it runs

    say(f"\na day of operation: {SECONDS:.0f} s, seed {seed}")
    sandbox = make_sandbox(own_stack.up(print))
    with operations_day(own_stack, sandbox, seed, say) as day:
        day.run(SECONDS)
        follower = day.end()
        report, status, proof = (
            sandbox.start(*words) for words in (["report", DAY], ["status", "--json"], ["verify"])
        )
        for run in (report, status, proof):
            run.end()
        told = json.loads(status.out)
        grown = growth(day.memory)
        say(f"{dict(day.faults)}; runs {dict(day.runs)}; {day.scrapes} scrapes; memory x {grown:.2f}")
        rows = [line.split(",") for line in report.out.splitlines()[1:]]
        assert {row[0]: int(row[1]) for row in rows} == dict(day.hospital.sent)
        check_metrics(follower, Scrape.of(day.textfile.read_text("utf-8")), told)
        assert grown <= MOST_GROWTH


def check_metrics(follower: Scrape, run: Scrape, status: dict) -> None:
    """The follower's last page and the file of the last run say what `status --json` says."""
    assert sum(follower.values(metrics.LAG).values()) == status["kafka"]["lag"] == 0
    assert run.values(metrics.COMMIT_SEQUENCE)[()] <= status["commits"]["last_seq"]
    assert run.values(metrics.EXIT_CODE) == {("run",): 0}
    assert run.values(metrics.STALE) == {(): 0}
    (date,) = [each for each in status["dates"] if each["date"] == DAY]
    assert date["report"] in ("provisional", "final")
