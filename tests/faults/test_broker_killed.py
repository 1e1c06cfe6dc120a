"""The broker is killed in the middle of a send and started again: nothing is lost and nothing doubled."""

import collections
import datetime as dt
import threading
from collections.abc import Iterator

import pytest

from healthtrends.adapters.kafka_admin import ensure_topic
from healthtrends.adapters.kafka_producer import KafkaSender
from healthtrends.adapters.kafka_scan import held_values
from healthtrends.observe import progress
from healthtrends.produce.send import produce
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic import SyntheticPlan, synthetic
from tests.faults.servers import kill

DAY = dt.date(2025, 12, 22)
PLAN = SyntheticPlan(records=400_000, seed=7, first=DAY, last=DAY)


@pytest.mark.long
def test_a_killed_broker_costs_time_and_no_record(own_stack):
    """The client tries again until the broker is back; the topic then holds the source, each record once."""
    addresses = own_stack.up(print)
    servers, client = addresses.bootstrap_servers, addresses.kafka_client
    ensure_topic(servers, "patient-records", 3, 1, client)
    half_read = threading.Event()

    def source() -> Iterator[SourceRecord]:
        for n, record in enumerate(synthetic(PLAN)):
            if n == PLAN.records // 2:
                half_read.set()
            yield record

    def kill_and_start() -> None:
        half_read.wait(60)
        kill(own_stack, "kafka")
        own_stack.up(print)

    trouble = threading.Thread(target=kill_and_start)
    trouble.start()
    sender = KafkaSender(servers, "patient-records", client)
    with progress("send", None, "records") as bar:
        result = produce(source(), sender, bar=bar)
    sender.close()
    trouble.join()
    assert result.confirmed == PLAN.records
    held = collections.Counter(held_values(servers, "patient-records", (0, 1, 2), client))
    assert held == collections.Counter(record.value for record in synthetic(PLAN))
