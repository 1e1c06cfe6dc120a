"""A follower beside whatever else happens: it ends quickly and with all it read, and others let it work."""

import re
import time

from tests.concurrency.shared_log import DAY, SharedLog, stop
from tests.faults.sandbox import check, wait_until

NEVER = "600"
MOST_SECONDS = 5.0


def messages_read(err: str) -> int:
    """What the newest line of progress says."""
    counts = re.findall(r" ingest: (?:stopped, |done, )?([\d,]+) ", err)
    return int(counts[-1].replace(",", "")) if counts else 0


def test_a_follower_commits_what_it_holds_within_five_seconds_of_sigterm(shared: SharedLog):
    """It had read these messages and was to commit them much later."""
    follower, sent = shared.follow(HEALTHTRENDS_INGEST__COMMIT_INTERVAL=NEVER), 0
    shared.wait_until_followed()
    while messages_read(follower.err) < 100:
        shared.send(range(sent, sent + 50))
        sent += 50
        time.sleep(0.2)
    read, held_back = messages_read(follower.err), shared.state().messages_stored
    begin = time.monotonic()
    stop(follower)
    took = time.monotonic() - begin
    assert (held_back, took <= MOST_SECONDS) == (0, True), took
    assert shared.state().messages_stored >= read >= 100
    check(shared.sandbox, sent=sent, bad=0)


def test_a_follower_that_was_quiet_for_longer_than_the_deadline_is_tried_again(shared: SharedLog):
    """The deadline begins at the first failure, not when the follower did."""
    follower = shared.follow(
        HEALTHTRENDS_RETRY__DEADLINE="1", HEALTHTRENDS_FAILPOINT="B3.create.before:raise"
    )
    shared.wait_until_followed()
    time.sleep(1.5)
    shared.send(range(30))
    shared.wait_until_stored(30)
    assert follower.err.count("step.attempt_failed") == 1
    stop(follower)
    check(shared.sandbox, sent=30, bad=0)


def test_a_run_waits_for_a_follower_and_takes_nothing_over(shared: SharedLog):
    """The report counts what the follower stored, which goes on as the owner of its partitions."""
    follower = shared.follow(HEALTHTRENDS_INGEST__COMMIT_INTERVAL="4")
    shared.wait_until_followed()
    owners = shared.owners()
    shared.send(range(60))
    run = shared.sandbox.start("run", DAY, "--json", HEALTHTRENDS_INGEST__COMMIT_INTERVAL="4")
    run.end()
    assert "ingest.waiting" in run.err
    assert '"records": 60' in run.out
    assert (shared.owners(), follower.has_ended()) == (owners, False)
    shared.send(range(60, 90))
    wait_until(lambda: shared.state().messages_stored == 90)
    stop(follower)
    check(shared.sandbox, sent=90, bad=0)
