"""Retention of facts: a visit's facts go with the records of its day.

    visits     all facts of a visit go when its day is before the first that is kept and no computed record of
               that day is left; where no fact gives a day, when the last came before that day
    diagnoses  those that are resources of their own go with the visit they are at
    persons    what is said of a person stays while one of his or her visits does, or something new came: from
               a visit that goes, only birth date and gender are kept, as a fact of the person
    merges     those go together that name the same ids, when nothing that stays names any of them

So what stays comes to the same records as before. A fact that waits to be resolved is not looked at.
"""

import datetime as dt
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from healthtrends.model.facts import DiagnosisFact, Fact, MergeFact, PersonFact, VisitFact
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, JobContext
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.visits.fact_file import write_again
from healthtrends.visits.fact_reader import FactReader
from healthtrends.visits.merge_groups import MergeGroups
from healthtrends.visits.merges import fold_merges
from healthtrends.visits.persons import values_of
from healthtrends.visits.resolve import fact_files, resolved_files
from healthtrends.visits.workspace import AFTER, Workspace

_ENCODER = msgspec.json.Encoder()


class FactExpiry:
    """Takes facts out under one root."""

    def __init__(self, log: CommitLog) -> None:
        self._log = log
        self._reader = FactReader(log)
        self.taken_out = 0
        """Facts that the newest change takes out."""

    def change(self, context: JobContext, removed: Collection[str], first_day: dt.date) -> Change:
        """Write fact files without what goes, once the files `removed` are gone. Raises DamageFound."""
        state = context.state
        files = [file for file in fact_files(state) if file.dst not in state.unresolved]
        settled = _Settled(self._reader, files, _open_days(state, removed), first_day)
        changed = [
            file for file in files if any(after != line for line, _, after in self._lines(file, settled))
        ]
        written = [
            write_again(
                self._log,
                context,
                file,
                ((after, at) for _, at, after in self._lines(file, settled) if after is not None),
            )
            for file in changed
        ]
        self.taken_out = sum(file.lines for file in changed) - sum(file.lines for file in written)
        return Change(
            remove=tuple(file.dst for file in changed),
            facts=tuple(file for file in written if file.lines),
            counts=Counts(facts=-self.taken_out),
        )

    def _lines(self, file: StagedFile, settled: "_Settled") -> Iterator[tuple[bytes, str, bytes | None]]:
        """Each line, the time of its fact, and what is left of it; None: nothing."""
        for fact, line in self._reader.facts([file]):
            left = settled.left_of(fact)
            yield line, fact.at, line if left is fact else None if left is None else _ENCODER.encode(left)


class _Settled:
    """Which facts of a state go. Memory grows with the visits and persons that go only."""

    def __init__(
        self, reader: FactReader, files: list[StagedFile], open_days: Collection[str], first_day: dt.date
    ) -> None:
        """`open_days`: those of which computed records are left."""
        merges = reader.merges(files)
        self._merges = fold_merges(merges)
        self._groups = MergeGroups(merges)
        self._open_days = open_days
        self._first_day = first_day.isoformat()
        midnight = dt.datetime.combine(first_day, dt.time(), dt.UTC)
        self._first_ms = int(midnight.timestamp() * 1000)
        self._visits: set[str] = set()
        self._diagnoses: set[str] = set()
        self._persons: set[str] = set()
        with tempfile.TemporaryDirectory(prefix="facts-") as folder, Workspace(Path(folder)) as workspace:
            for fact, line in reader.facts(files):
                workspace.add(fact, line, AFTER, self._merges)
            self._find(workspace)
        self._groups.keep_newer(self._first_ms)

    def left_of(self, fact: Fact) -> Fact | None:
        """The fact itself where it stays, another that keeps what is said of the person, or None."""
        match fact:
            case VisitFact() if self._merges.visit(fact.visit) in self._visits:
                return self._about_person(fact)
            case DiagnosisFact() if fact.diagnosis in self._diagnoses:
                return None
            case PersonFact() if self._goes(fact):
                return None
            case MergeFact() if not self._groups.stays(fact):
                return None
        return fact

    def _find(self, workspace: Workspace) -> None:
        for patient, received in workspace.last_received(AFTER):
            if received < self._first_ms:
                self._persons.add(patient)
            else:
                self._groups.keep("patient", patient)
        for visit, day, facts in workspace.visit_days(AFTER, self._merges):
            if self._is_over(day, facts):
                self._visits.add(visit)
                self._diagnoses |= {fact.diagnosis for fact in facts if isinstance(fact, DiagnosisFact)}
                continue
            for fact in facts:
                self._persons.discard(self._merges.patient(fact.patient))
                self._groups.keep("patient", fact.patient)
                self._groups.keep("visit", fact.visit)

    def _is_over(self, day: str, facts: list[VisitFact | DiagnosisFact]) -> bool:
        if day:
            return day < self._first_day and day not in self._open_days
        return all(fact.received < self._first_ms for fact in facts)

    def _about_person(self, fact: VisitFact) -> PersonFact | None:
        patient = self._merges.patient(fact.patient)
        if patient in self._persons or values_of(fact, patient) is None:
            return None
        return PersonFact(
            at=fact.at, tie=fact.tie, is_placed=fact.is_placed, control=fact.control, content=fact.content,
            received=fact.received, partition=fact.partition, offset=fact.offset, part=fact.part,
            patient=fact.patient, birth_date=fact.birth_date, gender=fact.gender,
        )  # fmt: skip

    def _goes(self, fact: PersonFact) -> bool:
        patient = self._merges.patient(fact.patient)
        says_nothing = values_of(fact, patient) is None and fact.received < self._first_ms
        return says_nothing or patient in self._persons


def _open_days(state: State, removed: Collection[str]) -> set[str]:
    """Days of which computed records are left."""
    return {
        date for date in state.files if any(file.dst not in removed for file in resolved_files(state, date))
    }
