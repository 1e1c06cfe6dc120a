"""Records into the topic, for `produce` and `demo`: starts the local stack when nothing is configured."""

from collections.abc import Iterable, Mapping
from contextlib import closing

from healthtrends.adapters.kafka_admin import ensure_topic
from healthtrends.adapters.kafka_producer import KafkaSender
from healthtrends.adapters.kafka_scan import held_values
from healthtrends.adapters.kafka_topic import KafkaTopic
from healthtrends.cli import local
from healthtrends.cli.show import Show
from healthtrends.config import Settings
from healthtrends.errors import KafkaUnavailable
from healthtrends.ingest.hidden import open_transactions
from healthtrends.observe import progress
from healthtrends.produce.resume import remaining
from healthtrends.produce.send import ProduceResult, produce
from healthtrends.sources.record import SourceRecord


def send(
    settings: Settings, records: Iterable[SourceRecord], total: int | None, *, once: bool, show: Show
) -> ProduceResult:
    """Send all records, each confirmed; `once` leaves out what the topic holds already.

    `total` is for the progress bar, None when unknown. Makes the topic when it is missing.
    """
    kafka = local.resolved(settings, show).kafka
    servers = kafka.bootstrap_servers or ""
    topic = ensure_topic(servers, kafka.topic, kafka.partitions, kafka.replication, kafka.client)
    if once:
        _check_visible(servers, kafka.topic, kafka.client)
        held = held_values(servers, kafka.topic, topic.partitions, kafka.client)
        records, total = remaining(records, held), None
    sender = KafkaSender(servers, kafka.topic, kafka.client)
    try:
        with progress(f"sending to {kafka.topic}", total, "records") as bar:
            return produce(records, sender, bar=bar)
    finally:
        sender.close()


def _check_visible(servers: str, topic: str, client: Mapping[str, str]) -> None:
    """Raise KafkaUnavailable while a transaction is open: what it hides would be sent again."""
    with closing(KafkaTopic(servers, topic, client)) as reader:
        hanging = next(open_transactions(reader), None)
    if hanging is not None:
        raise KafkaUnavailable(
            f"topic {topic} has an open transaction, so nobody can tell what it holds already",
            str(hanging),
            "end its producer, or abort it: `kafka-transactions.sh abort`; then send again with --once",
        )
