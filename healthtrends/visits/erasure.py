"""Erasure of a person from facts, and from the records that are computed from them.

A person is all ids that merges make one. Of a visit that names nobody else the facts without a patient go
too: a deletion may name the visit alone. What stays is resolved again within the same commit, so the records
are at any time what the facts come to.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from healthtrends.model.rejection import SkipReason
from healthtrends.observe import SilentBar
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, JobContext
from healthtrends.storage.staged_file import Range, StagedFile
from healthtrends.storage.state import State
from healthtrends.visits.fact_file import write_again
from healthtrends.visits.fact_reader import FactReader, Keys
from healthtrends.visits.merges import Merges, fold_merges
from healthtrends.visits.resolve import fact_files, resolve_again


class _Place(msgspec.Struct):
    """Place of a fact's message, and its time."""

    at: str
    partition: int = -1
    offset: int = -1


_PLACE = msgspec.json.Decoder(_Place)


@dataclass(slots=True)
class FactHits:
    """Facts of a person; numbers and places."""

    by_file: dict[str, int] = field(default_factory=dict)
    """Lines by path of the file."""
    places: set[tuple[int, int]] = field(default_factory=set)
    """Partition and offset of their messages."""

    @property
    def lines(self) -> int:
        """How many facts."""
        return sum(self.by_file.values())

    @property
    def ranges(self) -> list[Range]:
        """Offsets of the messages."""
        return [(partition, offset, offset + 1) for partition, offset in sorted(self.places)]


class _Matcher:
    """Says which facts are the person's, at one state."""

    def __init__(self, reader: FactReader, files: list[StagedFile], ids: frozenset[str]) -> None:
        merges = fold_merges(reader.merges(files))
        self.ids = one_person(merges, ids)
        self._merges = merges
        self._visits: set[str] = set()
        self._diagnoses: set[str] = set()
        for keys, _ in reader.keys(files):
            if keys.patient in self.ids:
                self._take(keys)
        shared = {
            merges.visit(keys.visit)
            for keys, _ in reader.keys(files)
            if keys.visit and keys.patient and keys.patient not in self.ids
        }
        self._visits -= shared

    def _take(self, keys: Keys) -> None:
        if keys.visit:
            self._visits.add(self._merges.visit(keys.visit))
        if keys.diagnosis:
            self._diagnoses.add(keys.diagnosis)

    def matches(self, keys: Keys) -> bool:
        """Whether a fact is the person's."""
        if keys.fact == "merge":
            named = {keys.prior or "", keys.survivor or ""}
            return not named.isdisjoint(self.ids) or any(
                self._merges.visit(each) in self._visits for each in named
            )
        if keys.patient:
            return keys.patient in self.ids
        is_own_visit = keys.visit is not None and self._merges.visit(keys.visit) in self._visits
        return is_own_visit or keys.diagnosis in self._diagnoses


def one_person(merges: Merges, ids: frozenset[str]) -> frozenset[str]:
    """All ids that merges make one with these."""
    ends = {merges.patient(each) for each in ids}
    return ids | ends | {prior for prior, end in merges.patients.items() if end in ends}


class FactErasure:
    """Erases from the facts under one root."""

    def __init__(self, log: CommitLog) -> None:
        self._log = log
        self._reader = FactReader(log)

    def aliases(self, state: State, ids: frozenset[str]) -> frozenset[str]:
        """All ids under which the person is known. Raises DamageFound."""
        files = fact_files(state)
        return one_person(fold_merges(self._reader.merges(files)), ids) if files else ids

    def find(self, state: State, ids: frozenset[str]) -> FactHits:
        """Find the facts of the person. Raises DamageFound."""
        found, files = FactHits(), fact_files(state)
        if not files:
            return found
        matcher = _Matcher(self._reader, files, ids)
        for file in files:
            for keys, line in self._reader.keys([file]):
                if matcher.matches(keys):
                    found.by_file[file.dst] = found.by_file.get(file.dst, 0) + 1
                    place = _PLACE.decode(line)
                    found.places.add((place.partition, place.offset))
        return found

    def change(self, context: JobContext, ids: frozenset[str]) -> Change:
        """Write files without the person's facts, and the records that these leave. Raises DamageFound."""
        files = fact_files(context.state)
        hits = self.find(context.state, ids)
        if not hits.lines:
            return Change()
        matcher = _Matcher(self._reader, files, ids)
        removed = [file for file in files if file.dst in hits.by_file]
        kept: set[tuple[int, int]] = set()
        written = [self._without_person(context, file, matcher, kept) for file in removed]
        facts = tuple(entry for entry in written if entry.lines)
        rest = [file for file in files if file.dst not in hits.by_file]
        # Read where they are staged: they get their final names by the commit.
        staged = [msgspec.structs.replace(entry, dst=entry.src) for entry in facts]
        records, dates = resolve_again(self._log, context, [*rest, *staged], SilentBar())
        messages = len(hits.places - kept)
        counts = Counts(-messages, messages_skipped=messages, skips={SkipReason.ERASED.value: messages})
        return Change(
            add=tuple(file for file in records.add if file.lines or file.resolved),
            remove=(*(file.dst for file in removed), *records.remove),
            facts=facts,
            resolved=tuple(sorted({*records.resolved, *(file.dst for file in facts)})),
            counts=counts.joined(records.counts).joined(Counts(facts=-hits.lines)),
            erased=tuple(dates),
        )

    def _without_person(
        self, context: JobContext, file: StagedFile, matcher: _Matcher, kept: set[tuple[int, int]]
    ) -> StagedFile:
        def lines() -> Iterator[tuple[bytes, str]]:
            for keys, line in self._reader.keys([file]):
                if not matcher.matches(keys):
                    place = _PLACE.decode(line)
                    kept.add((place.partition, place.offset))
                    yield line, place.at

        return write_again(self._log, context, file, lines())
