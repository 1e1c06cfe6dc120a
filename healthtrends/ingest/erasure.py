"""Erasure: a person's lines leave all records, facts and rejects by one commit, which names nobody.

    survey   read every live file once; where nothing holds the person, nothing is written, not even a fence
    job      write each file that holds the person again without these lines, remove the old ones; one commit

The messages count as skipped for the reason `erased` from then on, so every offset stays accounted for. Lines
of others stay byte for byte. A file of which nothing is left goes. What the log tells is how many lines left
which dates, as of every job.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from healthtrends.ingest.erased_person import ErasedPerson
from healthtrends.ingest.erased_records import ErasedRecords, messages_of
from healthtrends.ingest.erased_rejects import ErasedRejects
from healthtrends.ingest.replay_writer import ReplayWriter
from healthtrends.ingest.settings import IngestSettings
from healthtrends.model.rejection import SkipReason
from healthtrends.observe import Bar, event
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.file_writer import united
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, JobContext, run_job
from healthtrends.storage.staged_file import Range, StagedFile
from healthtrends.storage.state import State

_AT_ONCE = 8
"""Files that are written at a time; each holds a piece."""


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
        look_at_record, look_at_reject = self._records().hits, self._rejects().hits
        found = ErasureSurvey(seq=state.seq)
        records, rejects = list(_record_files(state)), list(state.rejects.values())
        self._bar.set_total(sum(file.bytes for file in [*records, *rejects]))
        ranges: list[Range] = []
        for file in records:
            if hits := self._hits_in(file, look_at_record):
                found.records[file.date] = found.records.get(file.date, 0) + len(hits)
                found.record_files += 1
                ranges += file.ranges
        for file in rejects:
            if hits := self._hits_in(file, look_at_reject):
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
        written = list(self._log.pool.stream(partial(self._records().without, context), removed, _AT_ONCE))
        gone = [line for lines, _ in written for line in lines]
        add = [entry for _, entry in written if entry.lines]
        writer = ReplayWriter(self._log, context, self._settings[0])
        rejects = [file for file in context.state.rejects.values() if self._hits[file.dst]]
        counts = Counts(lines=-len(gone)).joined(self._rejects().without(rejects, writer))
        messages = messages_of(gone, context.state)
        counts = counts.joined(facts.counts)
        return Change(
            add=(*facts.add, *add),
            remove=(*facts.remove, *(file.dst for file in [*removed, *rejects])),
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

    def _records(self) -> ErasedRecords:
        return ErasedRecords(self._log, self._person)

    def _rejects(self) -> ErasedRejects:
        return ErasedRejects(self._log, self._settings, self._person)


def _record_files(state: State) -> Iterator[StagedFile]:
    for files in state.files.values():
        yield from (file for _, file in sorted(files.items()))
