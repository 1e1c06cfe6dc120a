"""A send during which the brokers are struck, and the check that the topic then holds its source."""

import collections
import threading
from collections.abc import Callable, Iterator, Mapping

from healthtrends.adapters.kafka_producer import KafkaSender
from healthtrends.adapters.kafka_scan import held_values
from healthtrends.observe import progress
from healthtrends.produce.send import produce
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic import SyntheticPlan, synthetic


def check_send(
    plan: SyntheticPlan, servers: str, topic: str, client: Mapping[str, str], strike: Callable[[], None]
) -> None:
    """Send the records of the plan; each is confirmed, and the topic of three partitions holds it once.

    `strike` is called on another thread when half of them are read.
    """
    half_read = threading.Event()

    def source() -> Iterator[SourceRecord]:
        for n, record in enumerate(synthetic(plan)):
            if n == plan.records // 2:
                half_read.set()
            yield record

    def wait_and_strike() -> None:
        half_read.wait(60)
        strike()

    sender = KafkaSender(servers, topic, client)
    trouble = threading.Thread(target=wait_and_strike)
    trouble.start()
    with progress("send", None, "records") as bar:
        result = produce(source(), sender, bar=bar)
    sender.close()
    trouble.join()
    assert result.confirmed == plan.records
    held = collections.Counter(held_values(servers, topic, (0, 1, 2), client))
    assert held == collections.Counter(record.value for record in synthetic(plan))
