"""Servers die, hang, close or run full while ingests are at every step; each message ends up there once.

Each test stops one ingest at each step, strikes, and lets them go on. With a short deadline and a server
that comes back only afterwards, it shows what is left when an ingest gives up; the next one finishes.
"""

import gc

import pytest

from healthtrends import clock
from healthtrends.adapters.hdfs import HdfsStore
from tests.faults.catalogue import STRUCK
from tests.faults.sandbox import check, patience, stopped_at_each, wait_until
from tests.faults.servers import SERVERS, full_disk, hanging, kill, safe_mode

# A minute or so on a quiet machine.
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

QUICK = patience(4)
SHORT = QUICK | {"HEALTHTRENDS_RETRY__DEADLINE": "3"}
# A client with tiny queues still has most of the topic to fetch when the broker dies.
SMALL_FETCHES = {
    "HEALTHTRENDS_KAFKA__CLIENT__fetch.message.max.bytes": "1000",
    "HEALTHTRENDS_KAFKA__CLIENT__queued.min.messages": "1",
    "HEALTHTRENDS_KAFKA__CLIENT__queued.max.messages.kbytes": "1",
}
FAILED = "step.attempt_failed"


@pytest.fixture
def sandboxes(own_stack, make_sandbox):
    """One for each step, on servers of our own."""
    addresses = own_stack.up(print)
    return [make_sandbox(addresses) for _ in STRUCK]


def go_on(runs):
    for run in runs:
        run.wake()


def wait_for_failures(runs):
    """Until each has met the fault, or needed nothing more."""
    wait_until(lambda: all(FAILED in run.err or run.has_ended() for run in runs))
    assert any(FAILED in run.err for run in runs)


def give_up(runs):
    """All end by themselves, and as documented; at least one of them by giving up."""
    assert 5 in [run.end(0, 5) for run in runs]


def end_well(runs, sandboxes):
    """All have ridden it out, and everything is there once."""
    for run, sandbox in zip(runs, sandboxes, strict=True):
        run.end()
        check(sandbox)


@pytest.mark.parametrize("server", SERVERS)
def test_a_killed_server_that_comes_back_in_time_costs_time_only(server, own_stack, sandboxes):
    """Every ingest tries again until it is there, and ends with 0."""
    runs = stopped_at_each(STRUCK, sandboxes, **QUICK, **SMALL_FETCHES)
    kill(own_stack, server)
    go_on(runs)
    own_stack.up(print)
    end_well(runs, sandboxes)


@pytest.mark.parametrize("server", SERVERS)
def test_a_killed_server_that_comes_back_too_late_ends_the_ingest_with_5(server, own_stack, sandboxes):
    """Nothing is lost: the next ingest finishes."""
    runs = stopped_at_each(STRUCK, sandboxes, **SHORT, **SMALL_FETCHES)
    kill(own_stack, server)
    go_on(runs)
    give_up(runs)
    own_stack.up(print)
    for sandbox in sandboxes:
        check(sandbox)


def test_a_namenode_that_hangs_for_a_while_costs_time_only(own_stack, sandboxes):
    """Its connections stay open and nothing comes back; calls end by themselves and are tried again."""
    runs = stopped_at_each(STRUCK, sandboxes, **QUICK)
    with hanging(own_stack, "namenode"):
        go_on(runs)
        wait_for_failures(runs)
    end_well(runs, sandboxes)


def test_safe_mode_that_is_left_in_time_costs_time_only(own_stack, sandboxes):
    """Writes are refused, reads are not."""
    runs = stopped_at_each(STRUCK, sandboxes, **QUICK)
    with safe_mode(own_stack):
        go_on(runs)
        wait_for_failures(runs)
    end_well(runs, sandboxes)


def test_safe_mode_that_stays_ends_the_ingest_with_5(own_stack, sandboxes):
    """And the error names it."""
    runs = stopped_at_each(STRUCK, sandboxes, **SHORT)
    with safe_mode(own_stack):
        go_on(runs)
        give_up(runs)
    assert all("safe mode" in run.err for run in runs if run.end(0, 5))
    for sandbox in sandboxes:
        check(sandbox)


def test_a_full_disk_ends_the_ingest_with_5_and_loses_nothing(own_stack, sandboxes):
    """The error says that there is no room; with room, the next ingest finishes."""
    runs = stopped_at_each(STRUCK, sandboxes, **SHORT)
    with full_disk(own_stack):
        go_on(runs)
        give_up(runs)
    assert any("has no room" in run.err and "space" in run.err for run in runs)
    for sandbox in sandboxes:
        check(sandbox)


def test_a_file_given_up_behind_a_dead_datanode_holds_nobody(own_stack):
    """The client's own file object would close itself when it is collected, for more than a minute."""
    store = HdfsStore(own_stack.up(print).hdfs_url, {})
    writer = store.create("/t/given-up")
    writer.write(b"begun")
    kill(own_stack, "datanode")
    own_stack.up(print)
    begin = clock.monotonic()
    del writer
    gc.collect()
    assert clock.monotonic() - begin < 5
