"""Erasure: a person's lines leave all records, facts and rejects by one commit, which names nobody.

    survey   read every live file once; where nothing holds the person, nothing is written, not even a fence
    job      write each file that holds the person again without these lines, remove the old ones; one commit

The messages count as skipped for the reason `erased` from then on, so every offset stays accounted for. Lines
of others stay byte for byte. A file of which nothing is left goes. What the log tells is how many lines left
which dates, as of every job.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import msgspec

from healthtrends.ingest.erased_person import ErasedPerson
from healthtrends.ingest.quarantine import Reject, read_rejects
from healthtrends.ingest.replay import RejectDecoder
from healthtrends.ingest.replay_writer import ReplayWriter
from healthtrends.ingest.settings import IngestSettings
from healthtrends.model.decoder import rejections
from healthtrends.model.rejection import Skip, SkipReason
from healthtrends.observe import Bar, event
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.file_writer import JobFile, united
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, JobContext, damaged, read_lines, run_job
from healthtrends.storage.staged_file import Range, StagedFile
from healthtrends.storage.state import State

_CHUNK_BYTES = 4 * 1024 * 1024
_AT_ONCE = 8
"""Files that are written at a time; each holds a piece."""


class _Line(msgspec.Struct):
    """Fields of a record or cancellation that an erasure reads."""

    patient_id: str
    visit_date: str
    recorded_at: str | None = None
    record_id: str | None = None
    status: str = "active"


_LINE = msgspec.json.Decoder(_Line)


@dataclass(slots=True)
class ErasureSurvey:
    """What holds the person; numbers and places, no value."""

    records: dict[str, int] = field(default_factory=dict)
    """Lines by visit date."""
    record_files: int = 0
    rejects: int = 0
    reject_files: int = 0
    facts: int = 0
    fact_files: int = 0
    ranges: tuple[Range, ...] = ()
    """Offsets among which the person's messages are, as far as the files tell."""
    seq: int = 0
    """Number of the state that was looked at; after an erasure that of its commit."""

    @property
    def lines(self) -> int:
        """Lines of all kinds."""
        return sum(self.records.values()) + self.rejects + self.facts


class FoundFacts(Protocol):
    """Facts of a person."""

    @property
    def by_file(self) -> Mapping[str, int]:
        """Lines by path of the file."""
        ...

    @property
    def ranges(self) -> Sequence[Range]:
        """Offsets of the messages that gave them."""
        ...


class FactEraser(Protocol):
    """Erases from facts, and from the records that are computed from them."""

    def aliases(self, state: State, ids: frozenset[str]) -> frozenset[str]:
        """All ids that merges make one with these."""
        ...

    def find(self, state: State, ids: frozenset[str]) -> FoundFacts:
        """Find the facts of a person."""
        ...

    def change(self, context: JobContext, ids: frozenset[str]) -> Change:
        """Write facts and computed records without the person."""
        ...


class Erasure:
    """One erasure under one root."""

    def __init__(
        self,
        log: CommitLog,
        settings: Sequence[IngestSettings],
        facts: FactEraser,
        person: ErasedPerson,
        bar: Bar,
    ) -> None:
        """`settings`: one for each known key, the present one first; by them rejects are decoded."""
        self._log = log
        self._settings = settings
        self._facts = facts
        self._person = person
        self._bar = bar
        self._hits: dict[str, list[Range]] = {}
        """By file that was read, one entry for each line of the person: where its message is, at least."""

    def survey(self, state: State) -> ErasureSurvey:
        """Look for the person in every live file.

        Raises DamageFound for a damaged file, ConfigError for an encrypted reject without its key.
        """
        self._person = self._person.joined(self._facts.aliases(state, self._person.ids))
        found = ErasureSurvey(seq=state.seq)
        records, rejects = list(_record_files(state)), list(state.rejects.values())
        self._bar.set_total(sum(file.bytes for file in [*records, *rejects]))
        ranges: list[Range] = []
        for file in records:
            if hits := self._hits_in(file, self._record_hits):
                found.records[file.date] = found.records.get(file.date, 0) + len(hits)
                found.record_files += 1
                ranges += file.ranges
        for file in rejects:
            if hits := self._hits_in(file, self._reject_hits):
                found.rejects += len(hits)
                found.reject_files += 1
                ranges += hits
        facts = self._facts.find(state, self._person.ids)
        found.facts, found.fact_files = sum(facts.by_file.values()), len(facts.by_file)
        found.ranges = united([*ranges, *facts.ranges])
        return found

    def _hits_in(self, file: StagedFile, look: Callable[[StagedFile], list[Range]]) -> list[Range]:
        """Lines of the person in a file, which is read once: no file ever changes."""
        if file.dst not in self._hits:
            self._hits[file.dst] = look(file)
            self._bar.advance(file.bytes)
        return self._hits[file.dst]

    def run(self) -> ErasureSurvey:
        """Take the person out by one commit; none when nothing holds the person.

        Raises as `survey`, and Superseded when another job took over.
        """
        done: list[ErasureSurvey] = []

        def needed(state: State) -> bool:
            return bool(self.survey(state).lines)

        def work(context: JobContext) -> Change:
            done.append(self.survey(context.state))
            return self._change(context)

        committed = run_job(self._log, needed, work, self._settings[0].today())
        if committed is None:
            return ErasureSurvey(seq=self._log.newest_seen.seq)
        done[-1].seq = committed.seq
        event("erasure.commit", seq=committed.seq, dates=len(done[-1].records), lines=done[-1].lines)
        return done[-1]

    def _change(self, context: JobContext) -> Change:
        # Writers that died may have left lines that no commit names.
        self._log.collect(context.state, context.epoch)
        facts = self._facts.change(context, self._person.ids)
        removed = [
            file
            for file in _record_files(context.state)
            if self._hits[file.dst] and file.dst not in facts.remove
        ]
        # Side by side: each waits half a second for its DataNode.
        written = list(self._log.pool.stream(partial(self._without_person, context), removed, _AT_ONCE))
        gone = [line for lines, _ in written for line in lines]
        add = [entry for _, entry in written if entry.lines]
        writer = ReplayWriter(self._log, context, self._settings[0])
        refused = self._without_rejects(context.state, writer)
        counts = Counts(lines=-len(gone)).joined(refused.counts)
        messages = _messages(gone, context.state)
        counts = counts.joined(facts.counts)
        return Change(
            add=(*facts.add, *add),
            remove=(*facts.remove, *(file.dst for file in [*removed, *refused.files])),
            rejects=tuple(writer.rejects),
            facts=facts.facts,
            resolved=facts.resolved,
            counts=counts.joined(
                Counts(-messages, messages_skipped=messages, skips={SkipReason.ERASED.value: messages})
            ),
            # What came late for a date that expired is in no cube and no report of it.
            erased=tuple(
                sorted(
                    ({file.date for file in removed} | {*(facts.erased or ())}) - context.state.expired.keys()
                )
            ),
        )

    # Records -----------------------------------------------------------------------------------

    def _record_hits(self, file: StagedFile) -> list[Range]:
        number = sum(1 for line in read_lines(self._log, file) if self._is_of_person(line))
        return [file.ranges[0] if file.ranges else (0, 0, 0)] * number

    def _is_of_person(self, line: bytes) -> bool:
        return self._person.may_be_in(line) and _LINE.decode(line).patient_id in self._person.ids

    def _without_person(self, context: JobContext, file: StagedFile) -> tuple[list[_Line], StagedFile]:
        """Write a record file again; return what is left out, and the entry of the new file."""
        nonce, gone = new_nonce(), []
        target = self._log.layout.record_file(file.date, context.epoch, nonce)
        with JobFile(self._log.store, f"{context.folder}/{nonce}.jsonl", file.bytes) as new:
            writer = _ChunkWriter(new)
            for raw in read_lines(self._log, file):
                line = _decoded(file, raw)
                if line.patient_id in self._person.ids:
                    gone.append(line)
                else:
                    writer.write(raw, line.recorded_at)
            writer.flush()
        # One more input: what was computed from the file before is stale, and stays explained.
        entry = new.entry(target, file.date, file.read_as, (*file.inputs, target))
        return gone, msgspec.structs.replace(
            entry, unknown_fields=file.unknown_fields, resolved=file.resolved
        )

    # Rejects -----------------------------------------------------------------------------------

    def _rejects(self, file: StagedFile) -> Iterator[tuple[bytes, Reject, bool]]:
        """Yield each line of a reject file, as it is stored, and whether it names the person."""
        matcher = _RejectMatcher(self._settings, self._person, file)
        for line, sealed in read_rejects(self._log, file):
            yield line, sealed, matcher.names_person(sealed)

    def _reject_hits(self, file: StagedFile) -> list[Range]:
        found = [reject for _, reject, is_hit in self._rejects(file) if is_hit]
        return [(each.partition, each.offset, each.offset + 1) for each in found]

    def _without_rejects(self, state: State, writer: ReplayWriter) -> "_Refused":
        """Keep all rejects but the person's in new files; files without any stay as they are."""
        reasons: Counter[str] = Counter()
        files: list[StagedFile] = []
        parts = 0
        for file in state.rejects.values():
            if not self._hits[file.dst]:
                continue
            files.append(file)
            for line, reject, is_hit in self._rejects(file):
                if not is_hit:
                    writer.keep(file, line, reject)
                else:
                    reasons[reject.reason] -= 1
                    parts += reject.part is not None
        writer.finish()
        messages = -reasons.total() - parts
        counts = Counts(
            messages_rejected=-messages,
            reasons=dict(sorted(reasons.items())),
            messages_skipped=messages,
            skips={SkipReason.ERASED.value: messages},
            parts_rejected=-parts,
        )
        return _Refused(files, counts)


@dataclass(frozen=True, slots=True)
class _Refused:
    """Reject files that are written again, and what that changes."""

    files: list[StagedFile]
    counts: Counts


class _ChunkWriter:
    """Writes lines in large pieces."""

    def __init__(self, file: JobFile) -> None:
        self._file = file
        self._held = bytearray()
        self._times: list[str | None] = []

    def write(self, line: bytes, time: str | None) -> None:
        self._held += line + b"\n"
        self._times.append(time)
        if len(self._held) >= _CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        self._file.write(bytes(self._held), len(self._times))
        self._file.facts.note_times(self._times)
        self._held.clear()
        self._times.clear()


class _RejectMatcher:
    """Says which rejects of a file name the person, under every known key and by a search of the bytes."""

    def __init__(self, settings: Sequence[IngestSettings], person: ErasedPerson, file: StagedFile) -> None:
        self._cipher = settings[0].cipher
        self._person = person
        stored = sorted({reading.format for reading in file.read_as})
        self._decoders = [
            RejectDecoder(replace(each, opt_out=person.listed), None, each.today(), name)
            for each in settings
            for name in stored
        ]

    def names_person(self, sealed: Reject) -> bool:
        """Whether a reject, encrypted or not, names the person. Raises ConfigError without its key."""
        reject = self._cipher.open(sealed)
        kept = (reject.raw_base64, reject.key_base64, *(reject.headers or {}).values())
        if any(self._person.is_in_bytes(content) for content in kept if content):
            return True
        return any(_is_listed(decoder, reject) for decoder in self._decoders)


def _is_listed(decoder: RejectDecoder, reject: Reject) -> bool:
    """Whether a decoder that leaves the person out finds something to leave out."""
    outcome = decoder.decode_reject(reject)
    parts = outcome if isinstance(outcome, tuple) else (outcome,)
    opted_out = any(isinstance(part, Skip) and part.reason is SkipReason.OPTED_OUT for part in parts)
    return opted_out or any(each.is_withheld for each in rejections(outcome))


def _record_files(state: State) -> Iterator[StagedFile]:
    for files in state.files.values():
        yield from (file for _, file in sorted(files.items()))


def _decoded(file: StagedFile, line: bytes) -> _Line:
    try:
        return _LINE.decode(line)
    except msgspec.DecodeError:
        raise damaged(file, "a line cannot be read") from None


def _messages(gone: Iterable[_Line], state: State) -> int:
    """How many messages gave these lines.

    A moved record gave two: the record, and a cancellation of another date at the same time. Who sent these
    two as messages of their own looks the same; then the bounds of the format decide: one line or two each.
    """
    lines = list(gone)
    cancelled, active = (
        Counter(_version(line) for line in lines if line.record_id and (line.status == "cancelled") is wanted)
        for wanted in (True, False)
    )
    found = len(lines) - (cancelled & active).total()
    if state.formats:
        return found
    left = sum(state.files.facts(date).lines for date in state.files) + state.lines_expired - len(lines)
    least, most = state.messages_stored - left, state.messages_stored - -(-left // 2)
    return min(max(found, least), most)


def _version(line: _Line) -> tuple[str | None, str | None]:
    return line.record_id, line.recorded_at
