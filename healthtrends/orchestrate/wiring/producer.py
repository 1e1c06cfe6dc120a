"""Producer for `produce` and `demo`: sends records, and starts the local stack when nothing is configured."""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing

from healthtrends.adapters.kafka_admin import TopicInfo, ensure_topic, topic_info
from healthtrends.adapters.kafka_metadata import TopicMetadata
from healthtrends.adapters.kafka_producer import KafkaSender
from healthtrends.adapters.kafka_scan import held_values
from healthtrends.adapters.kafka_topic import KafkaTopic
from healthtrends.config import Settings
from healthtrends.config.servers import Kafka
from healthtrends.errors import DataLossRefused, KafkaUnavailable
from healthtrends.ingest.open_transactions import open_transactions
from healthtrends.observe import progress
from healthtrends.orchestrate.wiring.local_stack import resolve_addresses
from healthtrends.orchestrate.wiring.sent_ledger import SentLedger
from healthtrends.produce.deduplicate import skip_held
from healthtrends.produce.send import ProduceResult, produce
from healthtrends.sources.source_record import SourceRecord


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Records that are the same each time they are made; `digest` tells them from others."""

    name: str
    digest: str
    records: Iterable[SourceRecord]


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """An existing topic to send to."""

    kafka: Kafka
    topic: TopicInfo

    @property
    def servers(self) -> str:
        """Addresses of the brokers."""
        return self.kafka.bootstrap_servers or ""

    @property
    def ledger(self) -> SentLedger:
        """The ledger of what was sent to it before."""
        return SentLedger(self.topic.topic_id)


def open_target(settings: Settings, note: Callable[[str], None]) -> Target:
    """Start the local stack when nothing is configured, and make the topic when it is missing."""
    kafka = resolve_addresses(settings, note).kafka
    servers = kafka.bootstrap_servers or ""
    return Target(
        kafka, ensure_topic(servers, kafka.topic, kafka.partitions, kafka.replication, kafka.client)
    )


def send(
    target: Target, records: Iterable[SourceRecord], total: int | None = None, *, once: bool
) -> ProduceResult:
    """Send all records, each confirmed; `once` leaves out what the topic holds already.

    `total` is for the progress bar, None when unknown.
    """
    kafka = target.kafka
    if once:
        records, total = skip_held(records, held(kafka, target.topic)), None
    sender = KafkaSender(target.servers, kafka.topic, kafka.client)
    try:
        with progress(f"sending to {kafka.topic}", total, "records") as bar:
            return produce(records, sender, bar=bar)
    finally:
        sender.close()


def send_remembered(settings: Settings, source: Source, note: Callable[[str], None]) -> ProduceResult | None:
    """Send once what may have been sent before; None when it is known that the topic holds all of it.

    Remembered in the home, so that a topic of millions is not read again each time.
    """
    target = open_target(settings, note)
    metadata = TopicMetadata(target.servers, target.kafka.topic, target.kafka.client)
    if target.ledger.is_held(source.digest, metadata.bounds()):
        return None
    result = send(target, source.records, once=True)
    if not result.interrupted:
        target.ledger.add(source.digest, source.name, metadata.bounds())
    return result


def held(kafka: Kafka, topic: TopicInfo) -> Iterator[bytes]:
    """Yield what the topic holds. Raises DataLossRefused when it is made again meanwhile.

    What the old one held would be left out, and is not in the new one. Raises KafkaUnavailable for a
    transaction that is open before or after: one that begins meanwhile hides messages too.
    """
    servers = kafka.bootstrap_servers or ""
    _check_visible(servers, kafka.topic, kafka.client)
    yield from held_values(servers, kafka.topic, topic.partitions, kafka.client)
    found = topic_info(servers, kafka.topic, kafka.client)
    if found is None or found.topic_id != topic.topic_id:
        raise DataLossRefused(
            f"topic {kafka.topic} was deleted or made again while it was read",
            "so nobody can tell what is missing in it; nothing was sent",
            "run it again",
        )
    _check_visible(servers, kafka.topic, kafka.client)


def first_values(settings: Settings, most: int, note: Callable[[str], None]) -> list[bytes]:
    """The first values of the configured topic; none when there is no topic. Raises KafkaUnavailable."""
    kafka = resolve_addresses(settings, note).kafka
    servers = kafka.bootstrap_servers or ""
    found = topic_info(servers, kafka.topic, kafka.client)
    if found is None:
        return []
    with closing(held_values(servers, kafka.topic, found.partitions, kafka.client)) as values:
        return list(itertools.islice(values, most))


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
