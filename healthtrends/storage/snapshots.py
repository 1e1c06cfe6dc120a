"""Snapshots (checkpoints) of the log's state: a start reads a few small files after any number of commits.

A snapshot is a small head and one file list per day; a day's list is written again only when it changed.
Only a state whose files are all in place may be written. Manifests at or below a snapshot are never read
again and are pruned, a thousand at once, when the retention has passed them.
"""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from healthtrends.errors import DamageFound, HdfsUnavailable
from healthtrends.model.annotation import Annotation
from healthtrends.model.privacy_budget import Spend
from healthtrends.storage.expired import ExpiredDate, Retired
from healthtrends.storage.file_index import DayFacts, FileIndex, Folder, StoredList
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.manifest import Position, Range, RecordedCube, RecordedIssue, StagedFile, digest
from healthtrends.storage.ports import Entry
from healthtrends.storage.root_format import folds_names
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.topic_identity import Adoption, Identity

VERSION: Final = 2
"""1: lists have names of merged files one by one. 2: some may be ranges; see `storage.file_names`."""
_NAMES_ONE_BY_ONE: Final = 1
# Older heads serve readers and writers that began before the newest was written.
_LEAST_KEPT: Final = 3


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a state that every start needs."""

    version: int
    seq: int
    parts: dict[int, Position]
    messages_stored: int
    messages_rejected: int
    messages_skipped: int = 0
    parts_rejected: int = 0
    offsets_covered: int
    offsets_lost: int
    offsets_unreadable: int = 0
    offsets_empty: dict[str, int] = {}
    offsets_unrecorded: int | None = None
    """None: the version that wrote the snapshot did not record why offsets gave no message."""
    unrecorded_until: int = 0
    identity: Identity | None
    key_id: str | None
    files: dict[str, str]
    """Path of the file list, by visit date."""
    rejects: dict[str, str]
    """Path of the file list, by day of ingest."""
    file_facts: dict[str, DayFacts] = {}
    """Sums of the list, by visit date; of a snapshot that does not say them, the list does."""
    reject_facts: dict[str, DayFacts] = {}
    """The same by day of ingest."""
    file_digests: tuple[bytes, ...] = ()
    """SHA-256 of each list, in the order of `files`; of a snapshot of an earlier version there is none."""
    reject_digests: tuple[bytes, ...] = ()
    """The same in the order of `rejects`."""
    head: str | None = None
    """SHA-256 of manifest `seq`."""
    linked_from: int | None = None
    """As in a state."""
    issues: dict[str, RecordedIssue] = {}
    """As in a state."""
    cubes: dict[str, RecordedCube] = {}
    """As in a state."""
    releases: dict[str, RecordedIssue] | msgspec.UnsetType = msgspec.UNSET
    """As in a state; absent: none."""
    formats: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """As in a state; absent: `record` only."""
    facts: dict[str, str] = {}
    """Path of the list of the fact files, by day of ingest."""
    facts_facts: dict[str, DayFacts] = {}
    facts_digests: tuple[bytes, ...] = ()
    unresolved: tuple[str, ...] = ()
    """As in a state."""
    opt_out: str | msgspec.UnsetType = msgspec.UNSET
    """As in a state; absent: none."""
    adoptions: tuple[Adoption, ...] | msgspec.UnsetType = msgspec.UNSET
    """As in a state; absent: none."""
    annotations: tuple[Annotation, ...] | msgspec.UnsetType = msgspec.UNSET
    """As in a state; absent: none."""
    spends: tuple[Spend, ...] | msgspec.UnsetType = msgspec.UNSET
    """As in a state; absent: none."""
    erased: dict[str, int] = {}
    """As in a state."""
    erasure: int = 0
    erased_until: int = 0
    expired: dict[str, ExpiredDate] = {}
    """As in a state."""
    lines_expired: int = 0
    rejects_expired: int = 0
    ranges_gone: tuple[Range, ...] | msgspec.UnsetType = msgspec.UNSET
    """As in a state; absent: none."""
    retired: dict[str, Retired] = {}

    @property
    def unrecorded(self) -> int:
        """Offsets that gave no message without a recorded reason; in an old snapshot all that remain."""
        if self.offsets_unrecorded is not None:
            return self.offsets_unrecorded
        return self.offsets_covered - self.offsets_lost - self.messages_stored - self.messages_rejected

    @property
    def list_paths(self) -> tuple[str, ...]:
        """Paths of all lists."""
        return (*self.files.values(), *self.rejects.values(), *self.facts.values())


_HEAD = msgspec.json.Decoder(_Head)
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
        files, rejects = _stored(head.files, head.file_digests), _stored(head.rejects, head.reject_digests)
        return State(
            seq=head.seq,
            parts=head.parts,
            files=FileIndex("date", files, self._load_list, facts=head.file_facts),
            reject_files=FileIndex("ingested", rejects, self._load_list, facts=head.reject_facts),
            fact_files=FileIndex(
                "received",
                _stored(head.facts, head.facts_digests),
                self._load_list,
                facts=head.facts_facts,
            ),
            unresolved=frozenset(head.unresolved),
            messages_skipped=head.messages_skipped,
            parts_rejected=head.parts_rejected,
            messages_stored=head.messages_stored,
            messages_rejected=head.messages_rejected,
            offsets_covered=head.offsets_covered,
            offsets_lost=head.offsets_lost,
            offsets_unreadable=head.offsets_unreadable,
            offsets_empty=head.offsets_empty,
            offsets_unrecorded=head.unrecorded,
            unrecorded_until=head.seq if head.offsets_unrecorded is None else head.unrecorded_until,
            identity=head.identity,
            key_id=head.key_id,
            snapshot=head.seq,
            snapshot_sha256=sha256,
            head=head.head,
            linked_from=head.linked_from,
            issues=head.issues,
            cubes=head.cubes,
            releases={} if head.releases is msgspec.UNSET else head.releases,
            formats=frozenset(() if head.formats is msgspec.UNSET else head.formats),
            opt_out=None if head.opt_out is msgspec.UNSET else head.opt_out,
            adoptions=() if head.adoptions is msgspec.UNSET else head.adoptions,
            annotations=() if head.annotations is msgspec.UNSET else head.annotations,
            spends=() if head.spends is msgspec.UNSET else head.spends,
            erased=head.erased,
            erasure=head.erasure,
            erased_until=head.erased_until,
            expired=head.expired,
            lines_expired=head.lines_expired,
            rejects_expired=head.rejects_expired,
            ranges_gone=() if head.ranges_gone is msgspec.UNSET else head.ranges_gone,
            retired=head.retired,
        )

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
        version = VERSION if folds_names(self._store) else _NAMES_ONE_BY_ONE
        aside, content = (
            self._layout.snapshot_aside(state.seq),
            msgspec.json.encode(_head_of(rebased, version)),
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

    def _head(self, seq: int) -> tuple[_Head, str]:
        """Return the head of a snapshot and the hash of its bytes."""
        path = self._layout.snapshot(seq)
        content = self._store.read(path)
        try:
            head = _HEAD.decode(content)
        except ValueError as error:
            raise DamageFound(f"{path} cannot be read", str(error), "restore it from a backup") from error
        if not _NAMES_ONE_BY_ONE <= head.version <= VERSION:
            raise DamageFound(
                f"the snapshot {path} has version {head.version}",
                f"this program reads versions up to {VERSION}",
                "use the program version that wrote it",
            )
        return head, digest(content)

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

    def _prune_lists(self, heads: list[_Head]) -> None:
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


def _stored(paths: Mapping[str, str], digests: Sequence[bytes]) -> dict[str, StoredList]:
    found: Sequence[bytes | None] = digests or [None] * len(paths)
    if len(found) != len(paths):
        raise DamageFound(
            "a snapshot has not as many hashes as file lists", "", "restore it from a backup of the root"
        )
    return {
        day: StoredList(path, None if sha256 is None else sha256.hex())
        for (day, path), sha256 in zip(paths.items(), found, strict=True)
    }


def _digests(index: FileIndex) -> tuple[bytes, ...]:
    """Hashes of all lists, which `_hashed` has filled in."""
    return tuple(bytes.fromhex(stored.sha256 or "") for stored in index.base.values())


def _list_number(path: str) -> int:
    """Snapshot number in `.../2025-12-22.000000000200-<nonce>.json`."""
    return int(posixpath.basename(path).split(".")[1].partition("-")[0])


def _head_of(state: State, version: int) -> _Head:
    return _Head(
        version=version,
        seq=state.seq,
        parts=dict(state.parts),
        messages_stored=state.messages_stored,
        messages_rejected=state.messages_rejected,
        messages_skipped=state.messages_skipped,
        parts_rejected=state.parts_rejected,
        offsets_covered=state.offsets_covered,
        offsets_lost=state.offsets_lost,
        offsets_unreadable=state.offsets_unreadable,
        offsets_empty=dict(state.offsets_empty),
        offsets_unrecorded=state.offsets_unrecorded,
        unrecorded_until=state.unrecorded_until,
        identity=state.identity,
        key_id=state.key_id,
        files={day: stored.path for day, stored in state.files.base.items()},
        rejects={day: stored.path for day, stored in state.reject_files.base.items()},
        file_facts=dict(state.files.known_facts()),
        reject_facts=dict(state.reject_files.known_facts()),
        file_digests=_digests(state.files),
        reject_digests=_digests(state.reject_files),
        facts={day: stored.path for day, stored in state.fact_files.base.items()},
        facts_facts=dict(state.fact_files.known_facts()),
        facts_digests=_digests(state.fact_files),
        unresolved=tuple(sorted(state.unresolved)),
        head=state.head,
        linked_from=state.linked_from,
        issues=dict(state.issues),
        cubes=dict(state.cubes),
        releases=dict(state.releases) or msgspec.UNSET,
        formats=tuple(sorted(state.formats)) or msgspec.UNSET,
        opt_out=state.opt_out or msgspec.UNSET,
        adoptions=state.adoptions or msgspec.UNSET,
        annotations=state.annotations or msgspec.UNSET,
        spends=state.spends or msgspec.UNSET,
        erased=dict(state.erased),
        erasure=state.erasure,
        erased_until=state.erased_until,
        expired=dict(state.expired),
        lines_expired=state.lines_expired,
        rejects_expired=state.rejects_expired,
        ranges_gone=state.ranges_gone or msgspec.UNSET,
        retired=dict(state.retired),
    )
