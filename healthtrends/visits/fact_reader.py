"""Reads the facts that a change touches: the new ones, and the stored ones of the same visits and persons."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

import msgspec

from healthtrends.model.facts import Fact, MergeFact
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import damaged, read_lines
from healthtrends.storage.staged_file import StagedFile
from healthtrends.visits.merges import Merges

T = TypeVar("T")

_FACT: Final[msgspec.json.Decoder[Fact]] = msgspec.json.Decoder(Fact)


class Keys(msgspec.Struct, gc=False):
    """What a fact is about, read without the rest of it."""

    fact: str
    visit: str | None = None
    patient: str | None = None
    diagnosis: str | None = None
    prior: str | None = None
    survivor: str | None = None

    def hashes(self) -> list[int]:
        """Hashes of the ids; an id that shares one with another costs some reading, and changes nothing."""
        ids = self.visit, self.patient, self.diagnosis, self.prior, self.survivor
        return [hash(each) for each in ids if each]


_KEYS: Final = msgspec.json.Decoder(Keys)


class Touched:
    """Hashes of the visits, patients and diagnoses that a change may concern."""

    def __init__(self) -> None:
        self._hashes: set[int] = set()

    def add(self, keys: Keys) -> None:
        """Take the ids of a new fact."""
        self._hashes.update(keys.hashes())

    def add_changed(self, before: Merges, after: Merges) -> None:
        """Take the ids that another id stands for now.

        A new fact may do that to ids it does not name: as the first message under the id of a known merge.
        """
        for old, new in (before.patients, after.patients), (before.visits, after.visits):
            self._hashes.update(hash(each) for each in {*old, *new} if old.get(each) != new.get(each))

    def add_merged(self, merges: Iterable[Merges]) -> bool:
        """Take all ids that are one with an id taken already; True when there were any."""
        before = len(self._hashes)
        for mapping in (each for merge in merges for each in (merge.patients, merge.visits)):
            groups: dict[str, set[int]] = {}
            for prior, survivor in mapping.items():
                groups.setdefault(survivor, {hash(survivor)}).add(hash(prior))
            for group in groups.values():
                if not self._hashes.isdisjoint(group):
                    self._hashes |= group
        return len(self._hashes) > before

    def match(self, keys: Keys) -> tuple[bool, bool]:
        """Whether a stored fact is concerned, and whether it brings further ids in."""
        hashes = keys.hashes()
        is_hit = not self._hashes.isdisjoint(hashes)
        if not is_hit:
            return False, False
        before = len(self._hashes)
        self._hashes.update(hashes)
        return True, len(self._hashes) > before


class FactReader:
    """Reads fact files of one state of the log."""

    def __init__(self, log: CommitLog) -> None:
        self._log = log

    def keys(self, files: Sequence[StagedFile]) -> Iterator[tuple[Keys, bytes]]:
        """What each fact is about, with its line. Raises DamageFound."""
        yield from self._decoded(files, _KEYS.decode)

    def facts(self, files: Sequence[StagedFile]) -> Iterator[tuple[Fact, bytes]]:
        """All facts, with their lines. Raises DamageFound."""
        yield from self._decoded(files, _FACT.decode)

    def merges(self, files: Sequence[StagedFile]) -> list[MergeFact]:
        """The merges among the facts; there are few."""
        found = [self.fact(line) for keys, line in self.keys(files) if keys.fact == "merge"]
        return [fact for fact in found if isinstance(fact, MergeFact)]

    @staticmethod
    def fact(line: bytes) -> Fact:
        """Decode a line that `keys` gave."""
        return _FACT.decode(line)

    def _decoded(
        self, files: Sequence[StagedFile], decode: Callable[[bytes], T]
    ) -> Iterator[tuple[T, bytes]]:
        for file in files:
            for line in read_lines(self._log, file):
                try:
                    yield decode(line), line
                except msgspec.DecodeError as error:
                    raise damaged(file, "a line cannot be read") from error
