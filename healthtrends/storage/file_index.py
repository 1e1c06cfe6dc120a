"""Index of the live files by day, read lazily.

A day's list is read from the newest snapshot at its first use; later commits are kept as changes. A writer
only adds files and never reads a list, however many dates there are.
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

from healthtrends.storage.cube_head import inputs_digest
from healthtrends.storage.staged_file import StagedFile

Folder = Literal["date", "ingested", "received"]


class StoredList(NamedTuple):
    """Path and hash of the list of a day in a snapshot."""

    path: str
    sha256: str | None = None
    """SHA-256 of that file; None: the snapshot does not say it."""


Load = Callable[[StoredList], tuple[StagedFile, ...]]
"""Reads one list of a snapshot."""


class DayFacts(msgspec.Struct, frozen=True, array_like=True):
    """Sums over the files of a day; stored in a snapshot, so that they need no list."""

    files: int = 0
    lines: int = 0
    bytes: int = 0
    inputs: str = ""
    """Digest of the names of what the lines came in, which maintenance keeps; empty: no file."""


def _facts(files: Iterable[StagedFile]) -> DayFacts:
    found = list(files)
    return DayFacts(
        len(found),
        sum(file.lines for file in found),
        sum(file.bytes for file in found),
        inputs_digest(sorted(name for file in found for name in file.inputs)) if found else "",
    )


@dataclass(frozen=True, slots=True)
class _Change:
    """Changes of one folder by commits since the snapshot."""

    added: Mapping[str, StagedFile] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    """Files of the snapshot's list only: what came and went since then is in neither."""


def _no_lists(stored: StoredList) -> tuple[StagedFile, ...]:
    raise FileNotFoundError(stored.path)


class FileIndex(Mapping[str, Mapping[str, StagedFile]]):
    """Live files by day and final path: of record files by visit date, of others by day of ingest.

    Never changed in place; `after` gives the lists of the next number.
    """

    def __init__(
        self,
        folder: Folder,
        base: Mapping[str, StoredList] | None = None,
        load: Load = _no_lists,
        changes: Mapping[str, _Change] | None = None,
        facts: Mapping[str, DayFacts] | None = None,
    ) -> None:
        """Begin with the stored lists `base` (by day), none when not given, with their `facts`.

        A list without facts, of a snapshot of an earlier version, is read when they are asked for.
        """
        self._folder = folder
        self._base = base or {}
        self._load = load
        self._changes = changes or {}
        self._facts = facts or {}
        self._whole: dict[str, Mapping[str, StagedFile]] = {}

    @property
    def base(self) -> Mapping[str, StoredList]:
        """Lists of the snapshot, by day."""
        return self._base

    @property
    def changed(self) -> tuple[str, ...]:
        """Days whose list is not that of the snapshot any more."""
        return tuple(sorted(self._changes))

    def after(self, added: Iterable[StagedFile], removed: Iterable[str]) -> "FileIndex":
        """Return the lists once these files are added and these paths removed."""
        changes = dict(self._changes)
        for path in removed:
            day = self._day(path)
            if day is not None:
                before = changes.get(day, _Change())
                kept = {other: file for other, file in before.added.items() if other != path}
                gone = before.removed if path in before.added else before.removed | {path}
                changes[day] = _Change(kept, gone)
        for file in added:
            before = changes.get(file.date, _Change())
            changes[file.date] = _Change({**before.added, file.dst: file}, before.removed)
        return FileIndex(self._folder, self._base, self._load, changes, self._facts)

    def count(self, day: str) -> int:
        """How many files a day has; no list is read, also not for a day that changed."""
        if day in self._base and day not in self._facts:
            return len(self.get(day, {}))
        change = self._changes.get(day, _Change())
        return self._facts.get(day, DayFacts()).files + len(change.added) - len(change.removed)

    def facts(self, day: str) -> DayFacts:
        """Sums over the files of a day; its list is read when it changed since the snapshot."""
        if day in self._changes or day not in self._facts:
            return _facts(self.get(day, {}).values())
        return self._facts[day]

    def known_facts(self) -> Mapping[str, DayFacts]:
        """Facts of all days whose list is still that of the snapshot."""
        return {day: facts for day, facts in self._facts.items() if day not in self._changes}

    def find(self, path: str) -> StagedFile | None:
        """Look a final path up in the list of its day."""
        day = self._day(path)
        return None if day is None else self.get(day, {}).get(path)

    def compacted_into(self, path: str) -> str | None:
        """Path of the file of the same day that has `path` among its origins."""
        day = self._day(path)
        files = {} if day is None else self.get(day, {})
        return next((file.dst for file in files.values() if file.origins and path in file.inputs), None)

    def _day(self, path: str) -> str | None:
        """Day of a path below this kind of folder; None: it belongs to the other kind."""
        kind, _, day = posixpath.basename(posixpath.dirname(path)).partition("=")
        return day if kind == self._folder else None

    def __getitem__(self, day: str) -> Mapping[str, StagedFile]:
        if day not in self._whole:
            self._whole[day] = self._merged(day)
        if not self._whole[day]:
            raise KeyError(day)
        return self._whole[day]

    def __iter__(self) -> Iterator[str]:
        for day in sorted(self._base.keys() | self._changes.keys()):
            # Only a day that lost files may have none left, and only that is worth a look.
            if day not in self._changes or self._changes[day].added or self.count(day):
                yield day

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _merged(self, day: str) -> Mapping[str, StagedFile]:
        change = self._changes.get(day, _Change())
        stored = self._load(self._base[day]) if day in self._base else ()
        kept = {file.dst: file for file in stored if file.dst not in change.removed}
        return {**kept, **change.added}
