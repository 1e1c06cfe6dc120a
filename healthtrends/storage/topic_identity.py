"""Identity of the topic that a log holds offsets of, and how another topic takes its place.

A log may adopt another topic. Where the new one does not continue the offsets of the old one, its partitions
get numbers of their own in the log: partition 2 of the first topic that was adopted so is 1,000,002. So an
offset in a manifest, a reject or a fact means the same message for ever.
"""

from typing import Literal

import msgspec

NO_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAA"
"""Topic id of a broker that gives none: before Kafka 2.8."""

NUMBERS_OF_A_TOPIC = 1_000_000
"""Numbers in the log that are kept for the partitions of one topic."""

Offsets = Literal["same", "start", "end"]
"""Where a log goes on in a topic that it adopts: at the same offsets, as it holds the same messages; or with
other messages, at the start or the present end of each partition."""


class Identity(msgspec.Struct, frozen=True):
    """Identity of the log's topic; a topic made again under the old name differs in `topic_id`."""

    cluster_id: str
    topic: str
    topic_id: str


class Adoption(msgspec.Struct, frozen=True, kw_only=True):
    """Decision that another topic takes the place of the one before."""

    before: Identity
    after: Identity
    offsets: Offsets
    why: str
    """Reason, in the words of who decided."""
    first_partition: int
    """Number in the log of partition 0 of the new topic."""
    seq: int = 0
    """Number of the commit; filled in by the state."""
    committed_at: str = ""
    """UTC; filled in by the state."""


def first_number(partition: int) -> int:
    """Number in the log of partition 0 of the topic that a partition of the log belongs to."""
    return partition // NUMBERS_OF_A_TOPIC * NUMBERS_OF_A_TOPIC


def number_in_topic(partition: int) -> int:
    """Kafka's number of a partition of the log."""
    return partition % NUMBERS_OF_A_TOPIC
