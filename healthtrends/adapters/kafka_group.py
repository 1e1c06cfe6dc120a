"""The group's offsets in Kafka, written for lag monitors only: best effort, and never waited for.

An admin client writes them: a consumer that may not use the group would wait for it at its end.
"""

from collections.abc import Mapping
from concurrent.futures import Future, wait

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException

from healthtrends import clock
from healthtrends.adapters.kafka_access import Access, Right, missing_right
from healthtrends.adapters.kafka_client import RIGHTS_ERRORS
from healthtrends.adapters.kafka_metadata import TopicMetadata
from healthtrends.errors import HealthTrendsError
from healthtrends.observe import debug_event, event

FORGET_SECONDS = 60.0
"""After which no answer is expected any more: its client may be gone."""
CLOSE_SECONDS = 2.0
"""How long the end waits for the last offsets."""


class GroupOffsets:
    """Writes offsets of one topic until the broker says that this client may not."""

    def __init__(self, access: Access, topic: str, group: str, metadata: TopicMetadata) -> None:
        self._access, self._topic, self._group = access, topic, group
        self._metadata = metadata
        self._waiting: dict[int, int] = {}
        """Offsets that are not asked for yet: there is one request at a time."""
        self._asked: Future[ConsumerGroupTopicPartitions] | None = None
        self._forget = clock.Deadline(FORGET_SECONDS)
        self._is_refused = False

    def report(self, offsets: Mapping[int, int]) -> None:
        """Begin to write, or have it written after what is on its way."""
        self._waiting |= offsets
        self._go_on()

    def close(self) -> None:
        """Wait for what is being written, for a moment."""
        deadline = clock.Deadline(CLOSE_SECONDS)
        while self._asked is not None and not deadline.passed():
            wait([self._asked], deadline.remaining())
            self._go_on()

    def _go_on(self) -> None:
        """Look what became of the offsets before; then begin with those that wait."""
        self._look()
        if self._is_refused or self._asked is not None or not self._waiting:
            return
        offsets, self._waiting = self._waiting, {}
        self._forget = clock.Deadline(FORGET_SECONDS)
        try:
            self._asked = self._metadata.asked(lambda admin: admin.report(self._group, self._topic, offsets))
        except (KafkaException, HealthTrendsError) as fault:
            debug_event("kafka.offsets_not_told", error=str(fault))

    def _look(self) -> None:
        if self._asked is None:
            return
        if not self._asked.done():
            self._asked = None if self._forget.passed() else self._asked
            return
        for error in _errors(self._asked):
            if error.code() in RIGHTS_ERRORS and not self._is_refused:
                self._is_refused = True
                found = missing_right(self._access, Right("READ", "group", self._group), error.str())
                event(
                    "ingest.offsets_not_mirrored", group=self._group, reason=found.what, next=found.next_step
                )
            debug_event("kafka.offsets_not_told", error=error.str())
        self._asked = None


def _errors(asked: "Future[ConsumerGroupTopicPartitions]") -> list[KafkaError]:
    try:
        found = asked.result()
    except KafkaException as fault:
        return [fault.args[0]]
    return [each.error for each in found.topic_partitions or () if each.error is not None]
