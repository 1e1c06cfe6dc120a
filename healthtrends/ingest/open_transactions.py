"""Open transactions: offsets behind them are hidden until the producer or a time-out ends them."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from healthtrends import clock
from healthtrends.ingest.ports import Bounds, Topic
from healthtrends.observe import counted, event

Hidden = Mapping[int, tuple[int, int]]
"""By partition: first offset that is hidden, offset after the last."""

_LOOK_SECONDS = 3.0
_READ_TIMEOUT = 0.1


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """The oldest open transaction of a partition."""

    partition: int
    offset: int
    """Its first message."""
    hidden: int
    """Offsets from there to the end, of whatever producers."""
    since: dt.datetime | None
    """Time of its first message, UTC; None: it could not be read."""

    def __str__(self) -> str:
        """One line for a person."""
        since = f", since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        hidden = counted(self.hidden, "offset")
        return f"partition {self.partition} at offset {self.offset}, {hidden} hidden{since}"


def find_hidden_offsets(bounds: Mapping[int, Bounds]) -> Hidden:
    """Find the offsets that open transactions hide, by partition."""
    return {p: (each.end, each.end + each.hidden) for p, each in sorted(bounds.items()) if each.hidden}


def total(hidden: Hidden) -> int:
    """Count the offsets."""
    return sum(end - first for first, end in hidden.values())


def log_open_transactions(hidden: Hidden) -> None:
    """Write one log line a partition."""
    for partition, (first, end) in hidden.items():
        event("ingest.open_transaction", partition=partition, offset=first, hidden=end - first)


def open_transactions(topic: Topic) -> Iterator[OpenTransaction]:
    """Yield the oldest open transaction of each partition, with the time of its first message."""
    hidden = find_hidden_offsets(topic.bounds())
    if not hidden:
        return
    with topic.another(committed=False) as reader:
        for partition, (first, end) in hidden.items():
            yield OpenTransaction(partition, first, end - first, _time_of(reader, partition, first))


def _time_of(reader: Topic, partition: int, offset: int) -> dt.datetime | None:
    reader.assign({partition: offset})
    patience = clock.Deadline(_LOOK_SECONDS)
    while not patience.passed():
        for message in reader.read(1, _READ_TIMEOUT):
            return dt.datetime.fromtimestamp(message.timestamp()[1] / 1000, dt.UTC)
    return None
