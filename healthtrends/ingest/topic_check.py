"""Check of the log against the topic: each message that Kafka still holds lies in the ranges of a file.

Only what was committed is looked at: from the log start of each partition to the log's next offset. Memory is
bounded by the number of files and commits, not of messages.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, pairwise

from healthtrends.errors import UnreadableBatch
from healthtrends.ingest.numbered_topic import in_log_numbers
from healthtrends.ingest.ports import Bounds, Topic
from healthtrends.ingest.range_reader import RangeSet, read_ranges
from healthtrends.observe import Bar, counted
from healthtrends.storage.file_writer import united
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Manifest
from healthtrends.storage.staged_file import Range
from healthtrends.storage.state import State
from healthtrends.storage.verify import Finding, failed, passed

_CHECK = "topic"
_REPAIR = "do not ingest before it is understood; keep the topic, and raise its retention"
_ADVANCE = 1_000


def check_topic(topic: Topic, log: CommitLog, bar: Bar) -> Iterator[Finding]:
    """Compare what Kafka still holds with the newest state; a finding names partition and offset.

    Raises DamageFound, KafkaUnavailable.
    """
    state = log.read_state()
    if state.identity is not None and topic.identity() != state.identity:
        yield failed(_CHECK, f"the broker has another topic {topic.name!r} than the log", _REPAIR)
        return
    topic = in_log_numbers(topic, state)
    bounds = {p: held for p, held in topic.bounds().items() if p in state.parts}
    for partition, position in state.positions_of(state.first_partition).items():
        held = bounds.get(partition)
        if held is None or held.end < position.next:
            detail = f"partition {partition} ends at {held.end if held else 0}, the log is at {position.next}"
            yield failed(_CHECK, detail, _REPAIR)
    bar.set_total(sum(max(0, state.parts[p].next - held.first) for p, held in bounds.items()))
    look = _Look(topic, log, state, bar)
    faults = [fault for p, held in sorted(bounds.items()) for fault in look.faults(p, held)]
    faults += look.wrong_counts(bounds, is_compacted="compact" in (topic.cleanup_policy() or ()))
    yield from (failed(_CHECK, fault, _REPAIR) for fault in faults)
    if not faults:
        yield passed(
            _CHECK, f"files hold what Kafka still holds: {counted(look.messages.total(), 'message')}"
        )


class _Look:
    """One pass over the topic."""

    def __init__(self, topic: Topic, log: CommitLog, state: State, bar: Bar) -> None:
        self.messages: Counter[int] = Counter()
        """Found, by partition."""
        self._topic = topic
        self._state = state
        self._bar = bar
        indexes = (state.files, state.reject_files, state.fact_files)
        files = chain.from_iterable(found.values() for index in indexes for found in index.values())
        self._commits = _Commits(log, state)
        in_files = [each for file in files for each in file.ranges]
        self._covered = united([*in_files, *self._commits.skipped, *state.ranges_gone])

    def faults(self, partition: int, held: Bounds) -> Iterator[str]:
        """Read what is left of a partition, and say what is wrong with it."""
        end = min(held.end, self._state.parts[partition].next)
        covered = _clipped(self._covered, partition, held.first, end)
        edges = [held.first, *(edge for each in covered for edge in each), end]
        empty = RangeSet(self._commits.empty(partition))
        for number, (first, stop) in enumerate(pairwise(edges)):
            offsets = self._read(partition, first, stop)
            if number % 2:
                yield from _said(partition, (o for o in offsets if o in empty), "recorded as no messages")
                continue
            # An unreadable batch in no file was given up, and is recorded as such.
            with suppress(UnreadableBatch):
                yield from _said(partition, offsets, "in no file")

    def wrong_counts(self, bounds: dict[int, Bounds], *, is_compacted: bool) -> Iterator[str]:
        """Compare numbers, of the commits and of all, where Kafka still holds the whole of them."""
        yield from self._commits.wrong(bounds, is_compacted=is_compacted)
        state = self._state
        reach = sum(state.parts[p].next - held.first for p, held in bounds.items())
        if reach != state.offsets_covered:
            return
        found, stored = self.messages.total(), state.messages
        if found > stored + state.offsets_lost or (found < stored and not is_compacted):
            yield f"Kafka holds {counted(found, 'message')}, {stored:,} were stored or rejected"

    def _read(self, partition: int, first: int, stop: int) -> Iterator[int]:
        """Offsets of the messages of a span, each counted."""
        for message in read_ranges(self._topic, [(partition, first, stop)]):
            self.messages[partition] += 1
            if self.messages[partition] % _ADVANCE == 0:
                self._bar.advance(_ADVANCE)
            self._commits.count(partition, message.offset())
            yield message.offset()


class _Commits:
    """Commits above the newest snapshot: where they read, how many messages, and where they found none."""

    def __init__(self, log: CommitLog, state: State) -> None:
        before = log.snapshots.load(state.snapshot) if state.snapshot else State()
        self._spans: dict[int, list[tuple[int, int, Manifest]]] = {}
        self._manifests: list[Manifest] = []
        self._at: Counter[int] = Counter()
        self._found: Counter[int] = Counter()
        self.skipped: list[Range] = []
        """Offsets of batches whose messages were all skipped, so that they have no file."""
        for manifest in log.pool.map(log.read_manifest, range(state.snapshot + 1, state.seq + 1)):
            if manifest.kind == "data":
                self._manifests.append(manifest)
                for p, position in manifest.parts.items():
                    if p in before.parts and before.parts[p].next < position.next:
                        self._spans.setdefault(p, []).append((before.parts[p].next, position.next, manifest))
                        if manifest.counts.messages_skipped and not manifest.placed:
                            self.skipped.append((p, before.parts[p].next, position.next))
            before = before.after(manifest)

    def empty(self, partition: int) -> list[tuple[int, int]]:
        """Spans of which no offset gave a message, whatever the reasons."""
        sums: Counter[tuple[int, int]] = Counter()
        for manifest in self._manifests:
            for each in manifest.empty or ():
                if each.partition == partition:
                    sums[each.first, each.next] += each.offsets
        return sorted(span for span, offsets in sums.items() if offsets == span[1] - span[0])

    def count(self, partition: int, offset: int) -> None:
        """Count a message for the commit that read it; offsets of a partition come in order."""
        spans, at = self._spans.get(partition, []), self._at[partition]
        while at < len(spans) and spans[at][1] <= offset:
            at += 1
        self._at[partition] = at
        if at < len(spans) and spans[at][0] <= offset:
            self._found[spans[at][2].seq] += 1

    def wrong(self, bounds: dict[int, Bounds], *, is_compacted: bool) -> Iterator[str]:
        """Name the commits of which Kafka holds all offsets, and another number of messages."""
        gone = {
            manifest.seq
            for p, spans in self._spans.items()
            for first, _, manifest in spans
            if p not in bounds or first < bounds[p].first
        }
        for manifest in self._manifests:
            stored = manifest.counts.messages
            found = self._found[manifest.seq]
            if manifest.seq not in gone and (found > stored or (found < stored and not is_compacted)):
                counts = counted(stored, "message")
                yield f"commit {manifest.seq} counts {counts}, its offsets hold {found:,} in Kafka"


def _clipped(ranges: Sequence[Range], partition: int, first: int, end: int) -> list[tuple[int, int]]:
    """Parts of a partition's sorted ranges that lie between two offsets."""
    own = ((max(first, start), min(end, stop)) for p, start, stop in ranges if p == partition)
    return [(start, stop) for start, stop in own if start < stop]


def _said(partition: int, offsets: Iterator[int], what: str) -> Iterator[str]:
    """Name the first of some offsets that should not be there; nothing when there are none."""
    first = next(offsets, None)
    if first is not None:
        number = 1 + sum(1 for _ in offsets)
        are = "is" if number == 1 else "are"
        messages = f"{counted(number, 'message')} of partition {partition}"
        yield f"{messages} {are} {what}, the first at offset {first}"
