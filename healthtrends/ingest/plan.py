"""Plan of an ingest (step B1): which offsets to read, and whether the topic still has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from healthtrends.errors import ConfigError, DataLossRefused
from healthtrends.ingest.open_transactions import Hidden, find_hidden_offsets, total
from healthtrends.ingest.ports import Bounds
from healthtrends.storage.offset_gaps import Gap
from healthtrends.storage.state import State
from healthtrends.storage.topic_identity import Identity

OnDataLoss = Literal["stop", "skip"]


@dataclass(frozen=True, slots=True)
class Shard:
    """Partition p belongs to shard p mod `of`; shards are numbered from 0."""

    number: int = 0
    of: int = 1

    def holds(self, partition: int) -> bool:
        """True when this shard reads the partition."""
        return partition % self.of == self.number


class TopicState(NamedTuple):
    """Identity and bounds of a topic at one moment."""

    identity: Identity
    bounds: Mapping[int, Bounds]


@dataclass(frozen=True, slots=True)
class Plan:
    """Partitions with something to read."""

    identity: Identity
    """The topic that was looked at."""
    starts: Mapping[int, int]
    """Offset to read first."""
    ends: Mapping[int, int]
    """Offset to stop before; fixed when the plan was made."""
    leader_epochs: Mapping[int, int | None]
    """Leader of each of these partitions when the plan was made."""
    gaps: tuple[Gap, ...] = ()
    """Offsets that are lost and were accepted as lost."""
    hidden: Hidden = field(default_factory=dict)
    """What open transactions hide behind the ends."""

    @property
    def lag(self) -> int:
        """Offsets to the newest message, those that an open transaction hides among them."""
        return self.messages + total(self.hidden)

    @property
    def messages(self) -> int:
        """Offsets to read; markers and compacted ones count, so it is an upper bound."""
        return sum(self.ends[partition] - start for partition, start in self.starts.items())


def check_key(state: State, key_id: str | None) -> None:
    """Raise ConfigError when the pseudonyms under the root were made with another key."""
    if state.identity is not None and state.key_id != key_id:
        raise ConfigError(
            "the pseudonym key is not the one this root was filled with",
            f"the log has key id {state.key_id or 'none'}, the configuration gives {key_id or 'none'}",
            "restore the old key file; with `healthtrends ingest --new-key` one patient has two pseudonyms",
        )


def make_plan(
    state: State,
    topic_state: TopicState,
    shard: Shard,
    on_data_loss: OnDataLoss = "stop",
    *,
    unreadable: Sequence[Gap] = (),
    all_partitions: bool = False,
) -> Plan:
    """Compare the log's next offsets with what the topic holds.

    A partition seen for the first time starts at the log start, which is no loss. Partitions with
    nothing to read are left out unless `all_partitions` (a follower waits for them). `unreadable` are batches
    that are given up.
    Raises DataLossRefused when offsets that were never stored are gone.
    """
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    gaps: list[Gap] = []
    accepted_gaps = {(gap.partition, gap.first): gap for gap in unreadable}
    identity, bounds = topic_state
    for partition in sorted(state.positions_of(state.first_partition).keys() - bounds.keys()):
        if shard.holds(partition):
            raise _gone(partition, state.parts[partition].next)
    for partition, bound in sorted(bounds.items()):
        if not shard.holds(partition):
            continue
        known = state.parts.get(partition)
        start = known.next if known else bound.first
        if start > bound.end:
            raise _cut_off(partition, start, bound)
        if start < bound.first:
            if on_data_loss == "stop":
                raise _passed_by_retention(partition, start, bound)
            gaps.append(Gap(partition, start, bound.first))
            start = bound.first
        elif (partition, start) in accepted_gaps:
            gaps.append(accepted_gaps[partition, start])
            start = gaps[-1].next
        if all_partitions or start < bound.end or (known and known.next != start):
            starts[partition], ends[partition] = start, bound.end
    epochs = {p: bounds[p].leader_epoch for p in starts}
    own = {partition: bound for partition, bound in bounds.items() if shard.holds(partition)}
    return Plan(identity, starts, ends, epochs, tuple(gaps), find_hidden_offsets(own))


def _gone(partition: int, following: int) -> DataLossRefused:
    return DataLossRefused(
        f"the topic has no partition {partition} any more",
        f"it was stored up to offset {following}",
        "bring the topic back with its data, or use another hdfs.root for what it holds now",
    )


def _cut_off(partition: int, start: int, bound: Bounds) -> DataLossRefused:
    """Offsets that were stored would be used again: no option can make that right."""
    return DataLossRefused(
        f"partition {partition} ends at offset {bound.end}, before the next offset {start}",
        "the topic was cut off or restored from an older copy",
        "use another hdfs.root for what the topic holds now",
    )


def _passed_by_retention(partition: int, start: int, bound: Bounds) -> DataLossRefused:
    return DataLossRefused(
        f"partition {partition} no longer holds the offsets {start} to {bound.first - 1}",
        "Kafka's retention passed them before they were stored",
        "`healthtrends ingest --on-data-loss skip` records the gap and goes on; raise the topic's retention",
    )
