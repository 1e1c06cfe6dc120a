"""Reads one topic by position for the ingest: assigned partitions, no group, no stored offsets.

Client settings are those that were measured fastest with bounded memory (commit-protocol.md): a short
back-off of full queues matters more than long queues.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import cast

from confluent_kafka import KafkaException
from confluent_kafka.admin import PartitionMetadata  # type: ignore[attr-defined]  # public, not listed

from healthtrends import clock
from healthtrends.adapters.kafka_access import Access, ClientConf
from healthtrends.adapters.kafka_admin import ANSWER_SECONDS, cleanup_policy
from healthtrends.adapters.kafka_assigned import AssignedConsumer
from healthtrends.adapters.kafka_client import merged
from healthtrends.adapters.kafka_group import GroupOffsets
from healthtrends.adapters.kafka_metadata import TopicMetadata
from healthtrends.adapters.kafka_rights import KafkaRights
from healthtrends.config.kafka_keys import required
from healthtrends.errors import KafkaUnavailable
from healthtrends.ingest.ports import Bounds, Message
from healthtrends.observe import event
from healthtrends.storage.topic_identity import Identity

LOOK_SECONDS = 2.0
"""How long a follower, which has other things to do, waits for an answer."""
SILENCE_SECONDS = 10.0
"""How long nothing may come before the broker is asked whether it is still there."""

BUSY_SECONDS = 300.0
"""How long the client may unpack what it fetched, while the broker answers others.

So long it may also give nothing although there is more; then another client takes over.
"""
_GLANCE_SECONDS = 0.1

_SHORT_QUEUE_KBYTES = "8192"

GROUP = "healthtrends"
"""Under which lag monitors find the offsets, unless `group.id` names another."""
_DEFAULTS = {
    "group.id": GROUP,
    "fetch.queue.backoff.ms": 10,
    "queued.max.messages.kbytes": 65_536,
}


class KafkaTopic:
    """A `Topic` on a real broker; close it when done."""

    def __init__(
        self, bootstrap_servers: str, topic: str, client_conf: ClientConf, *, committed: bool = True
    ) -> None:
        """Unless `committed`, hand out messages of aborted and open transactions too."""
        self._servers = bootstrap_servers
        self._topic = topic
        self._conf = client_conf
        self._metadata = TopicMetadata(bootstrap_servers, topic, client_conf)
        self._silence = clock.Deadline(SILENCE_SECONDS)
        self._busy = clock.Deadline(BUSY_SECONDS)
        self._stuck = clock.Deadline(BUSY_SECONDS)
        self._warned = False
        needed = required("consumer") | ({} if committed else {"isolation.level": "read_uncommitted"})
        access = Access(bootstrap_servers, client_conf)
        settings = merged(_DEFAULTS, bootstrap_servers, client_conf, needed)
        self._consumer = AssignedConsumer(access, topic, settings)
        self._group = GroupOffsets(access, topic, client_conf.get("group.id", GROUP), self._metadata)

    def close(self) -> None:
        """Leave the broker."""
        self._group.close()
        self._consumer.close()

    @property
    def name(self) -> str:
        """Name of the topic."""
        return self._topic

    def identity(self) -> Identity | None:
        """Cluster, name and id of the topic; None: there is no topic of this name."""
        return self._metadata.identity()

    def bounds(self) -> dict[int, Bounds]:
        """Bounds of every partition the topic has now; the end is that of committed transactions."""
        return self._metadata.bounds()

    def leader_epochs(self, partitions: Collection[int]) -> dict[int, int | None]:
        """Leader epochs of these partitions."""
        return self._metadata.leader_epochs(partitions)

    def partition_numbers(self) -> Collection[int]:
        """Partitions that the topic has now; none when it is gone."""
        return set(self._partitions_now("asked for the partitions of"))

    def assign(self, starts: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on, and no others."""
        self._consumer.assign(starts)

    def pause(self, partitions: Collection[int]) -> None:
        """Hand out nothing more of these, until the next `assign`; their positions stay."""
        self._consumer.pause(partitions)

    def read(self, most: int, timeout: float) -> Sequence[Message]:
        """Up to `most` messages; fewer when `timeout` seconds have passed."""
        self._consumer.raise_fault()
        messages = self._consumer.consume(most, timeout)
        if messages:
            self._silence = clock.Deadline(SILENCE_SECONDS)
            self._busy = clock.Deadline(BUSY_SECONDS)
            self._stuck = clock.Deadline(BUSY_SECONDS)
        elif self._silence.passed():
            self._ask()
        return cast("Sequence[Message]", self._consumer.before_faults(messages))

    def positions(self) -> dict[int, int]:
        """Offset after the last message handed out, or after the marker behind it."""
        return self._consumer.positions()

    def check_readable(self) -> None:
        """Raise ConfigError when the broker says that this client may not read the topic."""
        found = self._metadata.asked(lambda admin: KafkaRights(admin).missing_on_topic(self._topic, "READ"))
        for missing in found.values():
            raise missing

    def cleanup_policy(self) -> Collection[str] | None:
        """`delete`, `compact` or both, as the topic has it now; None: this client may not know."""
        found = cleanup_policy(self._servers, self._topic, self._conf)
        if found is None and not self._warned:
            self._warned = True
            event(
                "ingest.policy_unknown",
                topic=self._topic,
                reason="no right to describe its settings, so a compacted topic would not be noticed at once",
            )
        return found

    def retention(self) -> float | None:
        """Seconds after which the broker may delete a message; infinity: never; None: not known."""
        return self._metadata.asked(lambda admin: admin.retention(self._topic, ANSWER_SECONDS))

    @contextmanager
    def another(self, *, committed: bool) -> Iterator["KafkaTopic"]:
        """Open another reader of the same topic; unless `committed`, of aborted transactions too."""
        conf = {**self._conf, "queued.max.messages.kbytes": _SHORT_QUEUE_KBYTES}
        with closing(KafkaTopic(self._servers, self._topic, conf, committed=committed)) as reader:
            yield reader

    def messages_at(self, offsets: Mapping[int, int]) -> Mapping[int, Message]:
        """Read one message of each partition; one whose offset holds none is left out."""
        self.assign(offsets)
        found: dict[int, Message] = {}
        waiting = set(offsets)
        deadline = clock.Deadline(SILENCE_SECONDS)
        while waiting:
            if deadline.passed():
                raise KafkaUnavailable(
                    f"partition {min(waiting)} gave nothing from offset {offsets[min(waiting)]} on",
                    f"for {SILENCE_SECONDS:.0f} s",
                    "check that the brokers run, then try again",
                )
            for message in self._consumer.consume(1, _GLANCE_SECONDS):
                partition, error = message.partition() or 0, message.error()
                if partition not in waiting:
                    continue  # fetched before it was left
                if error is not None and not self._consumer.is_gone(message, error):
                    continue
                if error is None and message.offset() == offsets[partition]:
                    found[partition] = cast("Message", message)
                self.pause([partition])
                waiting.discard(partition)
            waiting -= {p for p, position in self.positions().items() if position > offsets[p]}
        return found

    def report_progress(self, offsets: Mapping[int, int]) -> None:
        """Report offsets to the broker, for lag monitors only: best effort, errors are ignored."""
        self._group.report(offsets)

    def _ask(self) -> None:
        """Nothing new, or nobody there? Raises KafkaUnavailable; the client does not tell reliably.

        Its error "all brokers down" comes once, or never: that depends on which of its connections ends last.
        """
        try:
            without = leaderless(self._partitions_now("reading"), self._consumer.starts)
        except KafkaUnavailable:
            # A client that unpacks some hundred megabytes answers nothing meanwhile: another one asks.
            if self._busy.passed() or self._metadata.identity() is None:
                raise
            without = []
        else:
            self._busy = clock.Deadline(BUSY_SECONDS)
        if without:
            raise KafkaUnavailable(
                f"no broker serves partition {', '.join(map(str, without))} of topic {self._topic}",
                f"the brokers at {self._servers} know no leader of it",
                "start the broker that held it, or restore the topic",
            )
        self._silence = clock.Deadline(SILENCE_SECONDS)
        if self._stuck.passed():
            self._renew_stuck()

    def _renew_stuck(self) -> None:
        """Go on with another client when this one gives nothing although there is more."""
        bounds = self._metadata.bounds()
        waiting = [p for p, at in self._consumer.awaited().items() if p in bounds and at < bounds[p].end]
        if waiting:
            event("ingest.client_renewed", partitions=",".join(map(str, waiting)))
            self._consumer.renew()
        self._stuck = clock.Deadline(BUSY_SECONDS)

    def _partitions_now(self, doing: str) -> Mapping[int, PartitionMetadata]:
        try:
            found = self._consumer.client.list_topics(self._topic, LOOK_SECONDS)
        except (KafkaException, TimeoutError) as fault:
            raise self._consumer.translated(fault, f"{doing} {self._topic}") from fault
        return cast("Mapping[int, PartitionMetadata]", found.topics[self._topic].partitions)


def leaderless(partitions: Mapping[int, PartitionMetadata], asked: Collection[int]) -> list[int]:
    """Those of `asked` that no broker serves now: they are gone, or have no leader."""
    return [number for number in asked if number not in partitions or partitions[number].leader < 0]
