"""How far each partition is stored, as numbers for the sinks: the lag, and the room before retention.

The broker is asked only while a sink takes numbers.
"""

from collections import deque
from collections.abc import Mapping

from healthtrends import clock
from healthtrends.ingest.plan import Shard
from healthtrends.ingest.ports import Topic
from healthtrends.observe import is_measured, measure
from healthtrends.storage.manifest import JOB, Position

_MOST_LOOKS = 720
"""Kept of a partition that stays behind: two hours of looks, then every second one of them."""


class Positions:
    """Compares what is stored with what the topic holds, again and again."""

    def __init__(self, topic: Topic, shard: Shard) -> None:
        self._topic = topic
        self._shard = shard
        self._looks: dict[int, deque[tuple[float, int]]] = {}

    def report(self, stored: Mapping[int, Position], read: Mapping[int, int]) -> None:
        """Measure the partitions of the shard; `read`: offset after the last message that was read of each.

        Raises KafkaUnavailable.
        """
        if not is_measured():
            return
        bounds, retention = self._topic.bounds(), self._topic.retention()
        for partition, position in sorted(stored.items()):
            if partition == JOB or partition not in bounds or not self._shard.holds(partition):
                continue
            first, end = bounds[partition].first, bounds[partition].end
            lag_seconds = self._lag_seconds(partition, position, end)
            measure(
                "ingest.position",
                topic=self._topic.name,
                partition=partition,
                read=max(position.next, read.get(partition, 0)),
                stored=position.next,
                end=end,
                lag=max(0, end - position.next),
                lag_seconds=lag_seconds,
                headroom=max(0, position.next - first),
                headroom_seconds=_until_deleted(retention, lag_seconds),
            )

    def _lag_seconds(self, partition: int, position: Position, end: int) -> float | None:
        """Seconds since the stored position was the end, at most; None: nobody saw that.

        It was so at the latest look with an end up to it. The time of the stored message would not do: in a
        quiet topic it is old, however quickly the next one is stored.
        """
        now = clock.wall().timestamp()
        looks = self._looks.setdefault(partition, deque())
        looks.append((now, end))
        while len(looks) > 1 and looks[1][1] <= position.next:
            looks.popleft()
        if len(looks) > _MOST_LOOKS:
            self._looks[partition] = deque(list(looks)[::2])
        moment, seen = looks[0]
        if position.next >= end:
            return 0.0
        if seen <= position.next:
            return now - moment
        return max(0.0, now - position.last.timestamp / 1000) if position.last else None


def _until_deleted(retention: float | None, lag_seconds: float | None) -> float | None:
    """Seconds until Kafka may delete the first message that is not stored; None: not known."""
    if retention is None or lag_seconds is None:
        return None
    return max(0.0, retention - lag_seconds)
