"""Offsets of a commit that gave no message, and why: lost, or rightly empty."""

from typing import Literal

import msgspec

GapReason = Literal["retention", "unreadable_batch"]
"""Kafka no longer had the offsets, or the client could not unpack the batch they are in."""


class Gap(msgspec.Struct, frozen=True):
    """Offsets that could not be had from Kafka, accepted as lost by `--on-data-loss skip`."""

    partition: int
    first: int
    next: int
    reason: GapReason = "retention"


EmptyReason = Literal["aborted", "marker", "compacted", "expired", "lost"]
"""Why an offset gave no message: of an aborted transaction; a transaction's end; deleted by compaction; below
the log start before it was looked at; missing for no known reason, and accepted by `--on-data-loss skip`."""


class EmptyRange(msgspec.Struct, frozen=True):
    """Offsets of a batch that gave no message, and why."""

    partition: int
    first: int
    next: int
    reason: EmptyReason
    offsets: int
    """How many of the range; the others are messages, or are without one for another reason."""
