"""Three brokers, of which some are killed or lead no more: nothing is lost, and nothing is called cut off."""

import datetime as dt
import uuid
from collections.abc import Iterator
from functools import partial

import msgspec
import pytest

from healthtrends.sources.synthetic import SyntheticPlan
from tests.faults.interrupted_send import check_send
from tests.faults.sandbox import INGEST, Sandbox, check
from tests.secured.conftest import running
from tests.secured.kafka_servers import Brokers
from tests.secured.kafka_settings import OPEN

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

DAY = dt.date(2025, 12, 22)
PLAN = SyntheticPlan(records=200_000, seed=7, first=DAY, last=DAY)
SHORT = {"HEALTHTRENDS_RETRY__DEADLINE": "3"}
SEND = ("produce", "--synthetic", "10", "--from", DAY.isoformat(), "--to", DAY.isoformat())
AT_WORK = "B3.write.before"


@pytest.fixture(scope="module")
def three_brokers() -> Iterator[Brokers]:
    """Each partition lies on all three; two must have a record before it is confirmed."""
    with running(partial(Brokers, count=3, has_rights=False, listeners=(OPEN,))) as found:
        yield found


@pytest.fixture
def cluster(three_brokers) -> Brokers:
    """All three run when the test begins."""
    three_brokers.restart_missing()
    return three_brokers


@pytest.fixture
def cluster_sandbox(cluster, stack, make_sandbox) -> Sandbox:
    """A sandbox with records on the cluster, and the session's HDFS."""
    servers = msgspec.structs.replace(stack, bootstrap_servers=cluster.addresses(OPEN), kafka_client={})
    sandbox = make_sandbox(servers, copies=3)
    sandbox.send()
    return sandbox


@pytest.mark.parametrize("victim", ["leader", "controller"])
def test_a_broker_killed_during_a_send_costs_no_record(cluster, victim):
    """The topic then holds the source, each record once; neither a leader nor the controller is missed."""
    topic, servers = f"sent-{uuid.uuid4().hex[:8]}", cluster.addresses(OPEN)
    cluster.create_topic(topic)
    number = cluster.leader(topic, 0) if victim == "leader" else cluster.controller()
    check_send(PLAN, servers, topic, {}, lambda: cluster.kill(number))


@pytest.mark.parametrize("victim", ["leader", "controller"])
def test_a_broker_killed_during_an_ingest_costs_no_message(cluster, cluster_sandbox, victim):
    """This run ends with 0: another one leads the partition, another one controls the cluster."""
    run = cluster_sandbox.start_until(AT_WORK, *INGEST)
    assert run.wait_until_stopped(), run.err
    cluster.kill(cluster.leader(cluster_sandbox.topic, 0) if victim == "leader" else cluster.controller())
    run.wake()
    run.end()
    check(cluster_sandbox)


def test_two_dead_brokers_of_three_are_no_topic_that_was_cut_off(cluster, cluster_sandbox):
    """Nobody answers for some partitions: exit 5, not 4; once they are back, all is there once."""
    run = cluster_sandbox.start_until(AT_WORK, *INGEST, **SHORT)
    assert run.wait_until_stopped(), run.err
    cluster.kill(1)
    cluster.kill(3)
    run.wake()
    run.end(0, 5)
    for command in ("ingest", "status"):
        asked = cluster_sandbox.start(command, **SHORT)
        asked.end(5)
        assert "cut off" not in asked.err
    cluster.restart_missing()
    check(cluster_sandbox)


def test_a_partition_whose_leader_is_dead_is_awaited(cluster, stack, make_sandbox):
    """One copy only: nobody leads it, and the brokers say so."""
    servers = msgspec.structs.replace(stack, bootstrap_servers=cluster.addresses(OPEN), kafka_client={})
    sandbox = make_sandbox(servers)
    sandbox.send()
    cluster.kill(cluster.leader(sandbox.topic, 0))
    for command in (INGEST, ("status",), SEND):
        run = sandbox.start(*command, **SHORT)
        run.end(5)
        assert "cut off" not in run.err
    cluster.restart_missing()
    check(sandbox)
