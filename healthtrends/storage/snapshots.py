"""Snapshots (checkpoints) of the log's state: a start reads a few small files after any number of commits.

A snapshot is a small head and one file list per day; a day's list is written again only when it changed.
Only a state whose files are all in place may be written. Manifests at or below a snapshot are never read
again and are pruned, a thousand at once, when the retention has passed them.
"""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from healthtrends.errors import DamageFound, HdfsUnavailable
from healthtrends.storage.file_index import FileIndex, Folder, StoredList
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.manifest import digest
from healthtrends.storage.ports import Entry
from healthtrends.storage.root_format import folds_names
from healthtrends.storage.snapshot_head import NAMES_ONE_BY_ONE, VERSION, Head, decode_head, head_of, state_of
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool

# Older heads serve readers and writers that began before the newest was written.
_LEAST_KEPT: Final = 3


_FILE_LIST = msgspec.json.Decoder(tuple[StagedFile, ...])


class Snapshots:
    """All snapshots under one root."""

    def __init__(self, pool: StorePool, layout: Layout, keep: int) -> None:
        """Keep the heads of the last `keep` numbers, and three at least, with all lists they name."""
        self._keep = keep
        self._pool = pool
        self._store = pool.store
        self._layout = layout

    def newest(self) -> int:
        """Return the number of the newest snapshot; 0 when there is none."""
        return max(self.numbers(), default=0)

    def load(self, seq: int) -> State:
        """Return the state of snapshot `seq`, its lists unread. Raises FileNotFoundError when pruned."""
        head, sha256 = self._head(seq)
        return state_of(head, sha256, self._load_list)

    def write(self, state: State, retention: int) -> State:
        """Write `state`, whose files are all in place, and prune what nobody needs any more.

        Returns the same state, resting on the new snapshot. Manifests are kept `retention` numbers longer.
        """
        written: dict[str, bytes] = {}
        rebased = replace(
            state,
            files=self._rebased("date", state.files, state.seq, written),
            reject_files=self._rebased("ingested", state.reject_files, state.seq, written),
            fact_files=self._rebased("received", state.fact_files, state.seq, written),
            snapshot=state.seq,
        )
        version = VERSION if folds_names(self._store) else NAMES_ONE_BY_ONE
        aside, content = (
            self._layout.snapshot_aside(state.seq),
            msgspec.json.encode(head_of(rebased, version)),
        )
        self._pool.write_all({**written, aside: content})
        try:
            self._store.rename(aside, self._layout.snapshot(state.seq))
        except FileExistsError:
            return replace(self.load(state.seq), newest=state.newest)  # another writer was faster
        self._prune(retention)
        return replace(rebased, snapshot_sha256=digest(content))

    def _rebased(self, folder: Folder, index: FileIndex, seq: int, written: dict[str, bytes]) -> FileIndex:
        """Put the lists of the days that changed into `written`; those of the others stay where they are."""
        changed = frozenset(index.changed)
        base = self._hashed({day: kept for day, kept in index.base.items() if day not in changed})
        days = [day for day in index.changed if day in index]
        fresh: dict[str, StoredList] = {}
        for day in days:
            path = self._layout.file_list(folder, day, seq, new_nonce())
            written[path] = msgspec.json.encode(list(index[day].values()))
            fresh[day] = StoredList(path, digest(written[path]))
        facts = {**index.known_facts(), **{day: index.facts(day) for day in days}}
        return FileIndex(folder, base | fresh, self._load_list, facts=facts)

    def _hashed(self, index: Mapping[str, StoredList]) -> dict[str, StoredList]:
        """Fill in the hashes that an earlier version did not write; each list is read once for it."""
        unknown = [day for day, kept in index.items() if kept.sha256 is None]
        contents = self._pool.map(lambda day: self._store.read(index[day].path), unknown)
        hashed = {
            day: StoredList(index[day].path, digest(content))
            for day, content in zip(unknown, contents, strict=True)
        }
        return {**index, **hashed}

    def _load_list(self, stored: StoredList) -> tuple[StagedFile, ...]:
        path = stored.path
        try:
            content = self._store.read(path)
            if stored.sha256 not in (None, digest(content)):
                raise DamageFound(f"{path} is not what its snapshot names", "", "restore it from a backup")
            return _FILE_LIST.decode(content)
        except FileNotFoundError as error:
            newest = self.newest()
            if newest and path in self._head(newest)[0].list_paths:
                raise DamageFound(
                    f"{path} is missing", "the newest snapshot names it", "restore it from a backup"
                ) from error
            raise HdfsUnavailable(
                f"the file list {path} is gone", "newer snapshots have replaced it meanwhile", "run again"
            ) from error
        except ValueError as error:
            raise DamageFound(f"{path} cannot be read", str(error), "restore it from a backup") from error

    def _head(self, seq: int) -> tuple[Head, str]:
        """Return the head of a snapshot and the hash of its bytes."""
        path = self._layout.snapshot(seq)
        content = self._store.read(path)
        return decode_head(content, path), digest(content)

    def folders_past(self, newest: int, retention: int) -> int:
        """How many folders of manifests, from the first on, lie wholly before the retention."""
        return max(0, newest - retention) // self._layout.seqs_per_folder

    def numbers(self) -> list[int]:
        """Numbers of all snapshots that are kept, sorted."""
        return _heads(self._store.list(self._layout.snapshots))

    def _prune(self, retention: int) -> None:
        found = self._store.list(self._layout.snapshots)
        *older, newest = _heads(found)
        # Of writers that died, or that are late: the newest head holds all that theirs would say.
        asides = (entry.name for entry in found if not entry.name.endswith(".json"))
        late = [name for name in asides if int(name.partition("-")[0]) <= newest]
        self._pool.delete_all(f"{self._layout.snapshots}/{name}" for name in late)
        latest = [*older, newest][-_LEAST_KEPT:]
        kept = [seq for seq in (*older, newest) if seq > newest - self._keep or seq in latest]
        self._pool.delete_all(self._layout.snapshot(seq) for seq in older if seq not in kept)
        self._prune_lists([self._head(seq)[0] for seq in kept])
        folders = (entry.name for entry in self._store.list(self._layout.commits))
        past = [name for name in folders if int(name) < self.folders_past(newest, retention)]
        self._pool.delete_all(f"{self._layout.commits}/{name}" for name in past)

    def _prune_lists(self, heads: list[Head]) -> None:
        """Delete lists that no kept head names, where the newest head has put a list of its own.

        Those of the last `keep` numbers stay: they may be of a head that gets its name only now, behind a
        newer one of another writer.
        """
        named = {path for head in heads for path in head.list_paths}
        newest = heads[-1]
        fresh = [path for path in newest.list_paths if _list_number(path) == newest.seq]
        folders = sorted({posixpath.dirname(path) for path in fresh})
        stale = [
            path
            for folder, entries in zip(folders, self._pool.map(self._store.list, folders), strict=True)
            for entry in entries
            if (path := f"{folder}/{entry.name}") not in named
            and _list_number(path) <= newest.seq - self._keep
        ]
        self._pool.delete_all(stale)


def _heads(entries: Iterable[Entry]) -> list[int]:
    """Numbers of the snapshots in their folder, sorted; heads that wait aside are none."""
    return sorted(int(name.removesuffix(".json")) for name, *_ in entries if name.endswith(".json"))


def _list_number(path: str) -> int:
    """Snapshot number in `.../2025-12-22.000000000200-<nonce>.json`."""
    return int(posixpath.basename(path).split(".")[1].partition("-")[0])
