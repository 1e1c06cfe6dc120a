"""One batch (steps B2 and B3): decoded messages become lines in one file per visit date, rejects in another.

The loop over messages is the hottest place of the product; what can be done once per chunk is done there.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import msgspec

from healthtrends.envelopes.decoder import EnvelopeDecoder
from healthtrends.ingest.date_files import DateFiles
from healthtrends.ingest.file_writers import FileWriters
from healthtrends.ingest.holes import Hole, Holes, bounded
from healthtrends.ingest.ports import Message
from healthtrends.ingest.quarantine import Reject, make_reject
from healthtrends.ingest.reject_cipher import PLAIN, RejectCipher
from healthtrends.model.decoder import Decoder, Part, facts, record_lines, rejections
from healthtrends.model.facts import Fact
from healthtrends.model.record import Line
from healthtrends.model.rejection import Rejection, Skip
from healthtrends.observe import event
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.file_names import NameSeries
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.manifest import Last
from healthtrends.storage.staged_file import StagedFile

# Decoded records held before they are encoded and queued: some 20 MB.
_PENDING_LINES = 20_000
_PENDING_REJECT_BYTES = 4 * 1024 * 1024
# Kept of a rejected message when enough is kept of the others.
_SHORT_REJECT = 256
# With room for fewer messages, reads would become too small.
_LEAST_ROOM = 100
# The file of the rejects, beside those of the visit dates.
_REJECTS = "rejects"
# The file of the facts, likewise.
_FACTS = "facts"
# Rejects of a batch that get a log line of their own; all of them are counted and kept.
_LOGGED_REJECTS = 5


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Destination of a batch's files."""

    layout: Layout
    epoch: int
    folder: str
    """Nonce of the staging folder."""
    clock_date: str
    topic: str
    names: NameSeries
    """Of the writer: its files of a day follow each other."""
    cipher: RejectCipher = PLAIN
    """Of its rejects."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Limits of a batch."""

    bytes: int
    """Of stored lines, about."""
    dates: int
    """Visit dates, exactly: each is a file."""
    reject_bytes: int
    """Kept of a rejected message."""
    kept_bytes: int
    """Kept of all rejected messages together, about; of those beyond, only the beginning."""


class Staged(msgspec.Struct, frozen=True):
    """Files, counts and positions of one or several finished batches."""

    records: tuple[StagedFile, ...] = ()
    rejects: tuple[StagedFile, ...] = ()
    counts: Counts = Counts()
    newest_ms: int | None = None
    """Newest broker timestamp; None: no message."""
    holes: tuple[Hole, ...] = ()
    """Offsets that gave no message."""
    lasts: dict[int, Last] = {}
    """Message of the highest offset, by partition."""
    nexts: dict[int, int] = {}
    """Offset after the last one staged, by partition."""
    facts: tuple[StagedFile, ...] = ()

    def joined(self, other: "Staged") -> "Staged":
        """Return both as one."""
        return Staged(
            self.records + other.records,
            self.rejects + other.rejects,
            self.counts.joined(other.counts),
            max((ms for ms in (self.newest_ms, other.newest_ms) if ms is not None), default=None),
            bounded(self.holes + other.holes),
            {
                partition: max(self.lasts.get(partition, last), last, key=attrgetter("offset"))
                for partition, last in {**self.lasts, **other.lasts}.items()
            },
            {
                partition: max(self.nexts.get(partition, after), after)
                for partition, after in {**self.nexts, **other.nexts}.items()
            },
            self.facts + other.facts,
        )


class Batch:
    """The lines and rejects that one stager writes before it closes its files."""

    def __init__(
        self, place: BatchPlace, limits: BatchLimits, writers: FileWriters, starts: Mapping[int, int]
    ) -> None:
        self.messages = 0
        self.rejected = 0
        self.kept = 0
        """Bytes of rejected messages that are kept."""
        self.holes = Holes()
        self._starts = dict(starts)
        self._newest_ms: int | None = None
        self._lasts: dict[int, Message] = {}
        self._place = place
        self.limits = limits
        self._files = DateFiles(writers, self._staged, limits.bytes)
        self._encode = msgspec.json.Encoder().encode_lines
        self._pending: defaultdict[str, list[Line]] = defaultdict(list)
        self._facts: list[Fact] = []
        self._pending_messages = 0
        self._rejects: list[Reject] = []
        self._reject_bytes = 0
        self._reasons: Counter[str] = Counter()
        self._parts = 0
        """Rejected parts of messages that are stored."""
        self._skips: Counter[str] = Counter()
        self._left_out = 0
        """Lines and facts left out of messages that are stored."""
        self._keeps_keys = False
        """Envelopes read keys and headers, so rejects keep them for a replay."""

    def add(self, messages: Sequence[Message], decoder: Decoder) -> None:
        """Decode `messages` and sort them by date; now and then hand chunks to the writing threads."""
        if not messages:
            return
        pending = self._pending
        # The functions of the class: binding one to each message would cost three times as much as the call.
        kind = type(messages[0])
        times = [milliseconds for _, milliseconds in map(kind.timestamp, messages)]
        if isinstance(decoder, EnvelopeDecoder):
            self._keeps_keys = True
            plain, others = decoder.decode_messages(messages)
        else:
            plain, others = decoder.decode_all(list(map(kind.value, messages)), times)
        for record in plain:
            pending[record.visit_date].append(record)
        for position, outcome in others:
            if isinstance(outcome, tuple):
                self._store(messages[position], outcome)
            elif isinstance(outcome, Rejection):
                self._reject(messages[position], outcome)
                self.rejected += 1
            else:
                self._skips[outcome.reason.value] += 1
        self._newest_ms = max(self._newest_ms or 0, *times) or None
        self.messages += len(messages)
        self._pending_messages += len(messages)
        if self._pending_messages >= _PENDING_LINES:
            self.flush()

    def note_lasts(self, messages: Sequence[Message], partitions: Collection[int]) -> None:
        """Keep the last message of each of these partitions; none of the others has any here."""
        missing = set(partitions)
        for message in reversed(messages):
            if not missing:
                return
            if (partition := message.partition()) in missing:
                self._lasts[partition] = message
                missing.remove(partition)

    @property
    def bytes(self) -> int:
        """Bytes of encoded lines so far."""
        return self._files.bytes

    @property
    def room(self) -> int:
        """Messages that fit in whatever their dates are: one that moved gives a line at two dates."""
        dates = len(self._files) + sum(date not in self._files for date in self._pending)
        return (self.limits.dates - dates) // 2

    @property
    def is_full(self) -> bool:
        """True when the batch should be closed: for its bytes, the number of its dates, or the memory."""
        least = max(1, min(_LEAST_ROOM, self.limits.dates // 4))
        return self.bytes >= self.limits.bytes or self.room < least or self._files.is_full

    def flush(self) -> None:
        """Encode what is pending."""
        for date, lines in self._pending.items():
            times = {line.recorded_at or "" for line in lines}
            file = self._files.add(date, self._encode(lines), len(lines))
            file.note_times(times)
        self._pending.clear()
        if self._facts:
            file = self._files.add(_FACTS, self._encode(self._facts), len(self._facts))
            file.note_times({fact.at for fact in self._facts})
            self._facts.clear()
        self._flush_rejects()
        self._pending_messages = 0

    def finish(self) -> Callable[[], None]:
        """Write out the rest and begin to close; afterwards `staged` has the facts.

        The result waits until all files are closed and checks their lengths.
        """
        self.flush()
        return self._files.finish()

    def staged(self, nexts: Mapping[int, int], unknown_fields: int) -> Staged:
        """Facts of the finished batch, which ends before the offsets `nexts`."""
        ranges = tuple(
            (partition, start, nexts[partition])
            for partition, start in sorted(self._starts.items())
            if nexts[partition] > start
        )
        layout, epoch, ingested = self._place.layout, self._place.epoch, self._place.clock_date
        files = dict(sorted(self._files.files.items()))
        refused, found = files.pop(_REJECTS, None), files.pop(_FACTS, None)
        names = self._place.names
        records = tuple(
            file.entry(
                layout.record_file(date, epoch, names.next(date)), date, ranges, unknown_fields=unknown_fields
            )
            for date, file in files.items()
        )
        rejects = tuple(
            file.entry(layout.reject_file(ingested, epoch, names.next(_REJECTS)), ingested, ranges)
            for file in (refused,)
            if file is not None
        )
        received = tuple(
            file.entry(layout.facts_file(ingested, epoch, names.next(_FACTS)), ingested, ranges)
            for file in (found,)
            if file is not None
        )
        counts = Counts(
            messages_stored=self.messages - self.rejected - self._skips.total(),
            messages_rejected=self.rejected,
            lines=sum(file.lines for file in files.values()),
            unknown_fields=unknown_fields,
            reasons=dict(sorted(self._reasons.items())),
            messages_skipped=self._skips.total(),
            parts_rejected=self._parts,
            facts=sum(file.lines for file in received),
            skips=dict(sorted(self._skips.items())),
            parts_skipped=self._left_out,
        )
        lasts = {
            partition: Last(message.offset(), message.timestamp()[1], message.leader_epoch())
            for partition, message in sorted(self._lasts.items())
        }
        return Staged(
            records,
            rejects,
            counts,
            self._newest_ms,
            bounded(self.holes.found()),
            lasts,
            dict(nexts),
            received,
        )

    def _store(self, message: Message, outcome: tuple[Part, ...]) -> None:
        for line in record_lines(outcome):
            self._pending[line.visit_date].append(line)
        self._facts += facts(outcome, message.partition(), message.offset())
        self._left_out += sum(isinstance(part, Skip) for part in outcome)
        for part in rejections(outcome):
            self._reject(message, part)
            self._parts += 1

    def _flush_rejects(self) -> None:
        if not self._rejects:
            return
        self._files.add(_REJECTS, self._encode(self._rejects), len(self._rejects))
        self._rejects.clear()
        self._reject_bytes = 0

    def _reject(self, message: Message, rejection: Rejection) -> None:
        limits = self.limits
        keep = (
            limits.reject_bytes if self.kept < limits.kept_bytes else min(_SHORT_REJECT, limits.reject_bytes)
        )
        reject = make_reject(self._place.topic, message, rejection, keep, with_key=self._keeps_keys)
        self._rejects.append(self._place.cipher.seal(reject))
        self._reject_bytes += len(reject.raw_base64 or b"")
        self.kept += len(reject.raw_base64 or b"")
        if self._reject_bytes >= _PENDING_REJECT_BYTES:
            self._flush_rejects()
        self._reasons[rejection.reason] += 1
        if self._reasons.total() <= _LOGGED_REJECTS:
            event(
                "ingest.reject",
                partition=message.partition(),
                offset=message.offset(),
                reason=rejection.reason.value,
                field=rejection.field or "-",
            )

    def _staged(self, name: str) -> str:
        return (
            f"{self._place.layout.staged(self._place.epoch, self._place.folder)}/{name}-{new_nonce()}.jsonl"
        )
