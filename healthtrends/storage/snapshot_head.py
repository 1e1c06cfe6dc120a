"""Head of a snapshot: the part of a state that every start needs, and where its file lists lie.

Lists are read when somebody asks for their day, see `storage.snapshots`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from healthtrends.errors import DamageFound
from healthtrends.model.annotation import Annotation
from healthtrends.model.privacy_budget import Spend
from healthtrends.storage.expired import ExpiredDate, Retired
from healthtrends.storage.file_index import DayFacts, FileIndex, Load, StoredList
from healthtrends.storage.manifest import Position, RecordedCube, RecordedIssue
from healthtrends.storage.staged_file import Range
from healthtrends.storage.state import State
from healthtrends.storage.topic_identity import Adoption, Identity

VERSION: Final = 2
"""1: lists have names of merged files one by one. 2: some may be ranges; see `storage.file_names`."""
NAMES_ONE_BY_ONE: Final = 1


class Head(msgspec.Struct, frozen=True, kw_only=True):
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


_HEAD = msgspec.json.Decoder(Head)


def decode_head(content: bytes, path: str) -> Head:
    """Read a head. Raises DamageFound naming `path` when it cannot be one that this program knows."""
    try:
        head = _HEAD.decode(content)
    except ValueError as error:
        raise DamageFound(f"{path} cannot be read", str(error), "restore it from a backup") from error
    if not NAMES_ONE_BY_ONE <= head.version <= VERSION:
        raise DamageFound(
            f"the snapshot {path} has version {head.version}",
            f"this program reads versions up to {VERSION}",
            "use the program version that wrote it",
        )
    return head


def state_of(head: Head, sha256: str, load_list: Load) -> State:
    """Return the state of a snapshot whose head has this hash; `load_list` reads its lists."""
    files, rejects = _stored(head.files, head.file_digests), _stored(head.rejects, head.reject_digests)
    return State(
        seq=head.seq,
        parts=head.parts,
        files=FileIndex("date", files, load_list, facts=head.file_facts),
        reject_files=FileIndex("ingested", rejects, load_list, facts=head.reject_facts),
        fact_files=FileIndex(
            "received",
            _stored(head.facts, head.facts_digests),
            load_list,
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


def head_of(state: State, version: int) -> Head:
    """Return the head of a state whose lists are all stored, with their hashes."""
    return Head(
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
