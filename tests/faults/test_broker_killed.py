"""The broker is killed in the middle of a send and started again: nothing is lost and nothing doubled."""

import datetime as dt

import pytest

from healthtrends.adapters.kafka_admin import ensure_topic
from healthtrends.sources.synthetic import SyntheticPlan
from tests.faults.interrupted_send import check_send
from tests.faults.servers import kill

DAY = dt.date(2025, 12, 22)
PLAN = SyntheticPlan(records=400_000, seed=7, first=DAY, last=DAY)


@pytest.mark.long
def test_a_killed_broker_costs_time_and_no_record(own_stack):
    """The client tries again until the broker is back; the topic then holds the source, each record once."""
    addresses = own_stack.up(print)
    servers, client = addresses.bootstrap_servers, addresses.kafka_client
    ensure_topic(servers, "patient-records", 3, 1, client)

    def kill_and_start() -> None:
        kill(own_stack, "kafka")
        own_stack.up(print)

    check_send(PLAN, servers, "patient-records", client, kill_and_start)
