"""Offsets that gave no message, found while reading: the count of the messages does not fit the positions.

The Kafka client hands out neither transaction markers nor messages of aborted transactions, a compacted topic
has offsets without anything, and a reset to another offset would leave some out: all look the same here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from healthtrends.errors import StagingFailed
from healthtrends.ingest.ports import Message

MOST = 256
"""Holes of a batch; beyond, neighbours are united into one with the messages between them."""


class Hole(msgspec.Struct, frozen=True):
    """A span of offsets of which `offsets` gave no message."""

    partition: int
    first: int
    next: int
    offsets: int

    @property
    def messages(self) -> int:
        """Messages between the offsets without one; 0 unless holes were united."""
        return self.next - self.first - self.offsets


class Holes:
    """Collects the holes of one batch, chunk by chunk."""

    def __init__(self) -> None:
        self._found: defaultdict[int, list[Hole]] = defaultdict(list)
        self._number = 0

    def note(self, before: Mapping[int, int], messages: Sequence[Message], after: Mapping[int, int]) -> None:
        """Compare the messages of one chunk with the positions before and after it.

        Single offsets are looked at only when the numbers differ, which costs a topic without transactions
        nothing. Raises StagingFailed for a message that was read before.
        """
        if sum(after.values()) - sum(before.values()) == len(messages):
            return
        expected = dict(before)
        for message in messages:
            partition, offset = message.partition(), message.offset()
            if offset < expected[partition]:
                raise StagingFailed(
                    f"offset {offset} of partition {partition} came twice",
                    f"offset {expected[partition]} was to come next",
                )
            self._add(partition, expected[partition], offset)
            expected[partition] = offset + 1
        for partition, position in after.items():
            self._add(partition, expected[partition], position)
        if self._number > 2 * MOST:
            united = bounded(self.found())
            self._number = len(united)
            self._found.clear()
            for hole in united:
                self._found[hole.partition].append(hole)

    def found(self) -> tuple[Hole, ...]:
        """Return all holes so far, sorted."""
        return tuple(hole for _, holes in sorted(self._found.items()) for hole in holes)

    def _add(self, partition: int, first: int, stop: int) -> None:
        if stop <= first:
            return
        holes = self._found[partition]
        if holes and holes[-1].next == first:
            holes[-1] = _united(holes[-1], Hole(partition, first, stop, stop - first))
            return
        holes.append(Hole(partition, first, stop, stop - first))
        self._number += 1


def bounded(holes: Iterable[Hole]) -> tuple[Hole, ...]:
    """Unite holes that meet, and then neighbours in pairs until there are few enough.

    One hole a partition always remains.
    """
    found: list[Hole] = []
    for hole in sorted(holes, key=lambda each: (each.partition, each.first)):
        if found and found[-1].partition == hole.partition and found[-1].next == hole.first:
            found[-1] = _united(found[-1], hole)
        else:
            found.append(hole)
    while len(found) > max(MOST, len({hole.partition for hole in found})):
        found = list(_in_pairs(found))
    return tuple(found)


def _united(one: Hole, other: Hole) -> Hole:
    return Hole(one.partition, one.first, other.next, one.offsets + other.offsets)


def _in_pairs(holes: Sequence[Hole]) -> Iterator[Hole]:
    at = 0
    while at < len(holes):
        pair = holes[at : at + 2]
        if len(pair) == 2 and pair[0].partition == pair[1].partition:
            yield _united(*pair)
            at += 2
        else:
            yield pair[0]
            at += 1
