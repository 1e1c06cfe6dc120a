"""The wall clock jumps by days and years, between runs and during them: nothing is lost and nothing doubled.

Records that the clock takes for future ones go to the rejects, as documented. Jumps are drawn from a seed,
which is printed.
"""

import random
import socket
import time

import pytest

from tests.faults import jumping_clock
from tests.faults.sandbox import DAY, RECORDS, check

SCRIPT = jumping_clock.__file__
PARTS = 4


def test_a_clock_that_jumps_while_an_ingest_runs(sandbox):
    """Fifty times a second, so that every step has a time of its own."""
    seed = 7
    print("seed", seed)  # noqa: T201  pytest shows it when the test fails
    sandbox.send()
    sandbox.python(SCRIPT, str(seed), "ingest").end(0, 3)  # 3: most records lay in the future of a clock
    check(sandbox, late=True)


@pytest.mark.long
@pytest.mark.parametrize("seed", random.SystemRandom().sample(range(10**6), 3), ids=("a", "b", "c"))
def test_a_clock_that_jumps_from_run_to_run(seed, sandbox):
    """Ingests, a whole day and a compaction, each at another time; what came is there once after each."""
    print("seed", seed)  # noqa: T201  pytest shows it when the test fails
    times = iter(jumping_clock.jumps(seed))
    for part in range(PARTS):
        sent = RECORDS // PARTS
        sandbox.send(sent, bad=0, first=part * sent)
        sandbox.python(SCRIPT, str(seed + part), "ingest", HEALTHTRENDS_NOW=next(times)).end(0, 3)
        # 2: the date lies in that clock's future; 3: so do the dates of most records.
        sandbox.start("run", DAY, HEALTHTRENDS_NOW=next(times)).end(0, 2, 3)
        sandbox.start("compact", DAY, HEALTHTRENDS_NOW=next(times)).end(0, 2)
    check(sandbox, bad=0, late=True)


@pytest.mark.long
def test_a_deadline_does_not_notice_the_clock(sandbox):
    """It is measured by a clock that never jumps: an ingest without servers gives up when it should."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"hdfs://127.0.0.1:{nobody.getsockname()[1]}"
        begin = time.monotonic()
        deadline = {"HEALTHTRENDS_RETRY__DEADLINE": "3", "HEALTHTRENDS_HDFS__URL": url}
        sandbox.python(SCRIPT, "3", "ingest", **deadline).end(5)
    assert 3 <= time.monotonic() - begin < 30
