"""Manifest: the file of one commit, with the files it adds and removes and all offsets and owners."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from healthtrends import __version__, clock
from healthtrends.errors import DamageFound
from healthtrends.model.annotation import Annotation
from healthtrends.model.privacy_budget import Spend
from healthtrends.storage.expired import Expiry
from healthtrends.storage.file_names import is_folded, unfold
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.offset_gaps import EmptyRange, Gap
from healthtrends.storage.topic_identity import Adoption, Identity

VERSION = 2
"""1: names of merged files one by one. 2: some of them as ranges."""
NAMES_ONE_BY_ONE = 1

Kind = Literal["fence", "data", "job"]
Mode = Literal["once", "follow", "job"]
USUAL_FORMAT = "record"
"""Format of the messages where a commit names none: one message gives one line, or two for a moved record."""
JOB = -1
"""Pseudo-partition that maintenance owns: one job at a time, as one writer a partition."""

Range = tuple[int, int, int]
"""Partition, first offset, offset after the last."""

RecordedIssue = tuple[int, str]
"""Number and SHA-256 of an issue's manifest."""
RecordedCube = tuple[str, str]
"""Name of the folder of a cube's tables, and SHA-256 of its head."""


class Last(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last message read of a partition; a truncated and refilled partition holds another one there."""

    offset: int
    timestamp: int
    """Broker time, ms."""
    leader_epoch: int | None = None
    """Leader epoch of the partition when it was written; None: the reader does not know it."""


class Position(msgspec.Struct, frozen=True):
    """Next offset and owner of a partition."""

    next: int
    """First offset that is not committed."""
    owner: int
    """Number of the fence that took the partition."""
    mode: Mode = "once"
    """How that writer works: `run` waits for one that follows."""
    last: Last | None = None
    """Newest message below `next` that was read; None: none, or by a program that did not keep it."""


class Reading(msgspec.Struct, frozen=True, omit_defaults=True, rename={"by_offset": "picked"}):
    """Offsets and rules by which lines were made, so that `restage` can make them again."""

    ranges: tuple[Range, ...]
    clock_date: str
    """Day of the date rule, at the place of `source.timezone`."""
    key_id: str | None = None
    """Key of the pseudonyms; None: none were made."""
    by_offset: bool = False
    """True: a replay read these very offsets, and each gave a line here. False: a batch read the ranges, and
    the lines of the file's date, or the rejects, are here. Stored as `picked`."""
    format: str = USUAL_FORMAT
    """Format of the messages."""


class StagedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable file with all that is needed to prove it whole."""

    src: str
    dst: str
    date: str
    """Visit date of records; day of ingest of rejects."""
    lines: int
    bytes: int
    crc32: int
    sha256: str | None = None
    """SHA-256 of the content, hex; None: an earlier version wrote the file."""
    ranges: tuple[Range, ...]
    """Offsets the lines come from."""
    min_recorded_at: str | None = None
    max_recorded_at: str | None = None
    """First and last `recorded_at` in the file, UTC; None in rejects."""
    origins: tuple[str, ...] = ()
    """Final paths of the files whose lines these are, when maintenance made it, some as ranges, see
    `storage.file_names`; empty: its own. Read them by `inputs`."""
    readings: tuple[Reading, ...] = ()
    """How `ranges` were read; empty in a manifest: under its clock date and key. A state fills it in, as the
    manifest may be pruned before the file has to be made again."""
    resolved: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    """In a file of records that were computed from facts, counts of its date for `quality`, by metric; they
    add up over the files of the date. Absent in all other files."""
    unknown_fields: int = 0
    """Fields that no rule knows, dropped from all messages of the batch or batches the lines came in."""
    lines_by_day: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    """Lines by the clock date of the batch that brought them; absent: maintenance did not join them, or an
    earlier version did."""

    @property
    def read_as(self) -> tuple[Reading, ...]:
        """`readings`; for a file in a list older than that field its ranges, under no known date and key."""
        return self.readings or (Reading(self.ranges, ""),)

    @property
    def received(self) -> Mapping[str, int] | None:
        """Lines by the clock date of the batch that brought them; None: not known, or they were computed."""
        if self.lines_by_day is not msgspec.UNSET:
            return self.lines_by_day
        days = {reading.clock_date for reading in self.read_as}
        is_one = len(days) == 1 and "" not in days and not self.is_resolved
        return {days.pop(): self.lines} if is_one else None

    @property
    def is_resolved(self) -> bool:
        """True when the records were computed from facts: they come from no offsets of their own."""
        return self.resolved is not msgspec.UNSET

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what the lines came in, which maintenance keeps: `origins`, or the file itself."""
        return unfold(self.origins) or (self.dst,)


class Counts(msgspec.Struct, frozen=True):
    """Counts of one commit."""

    messages_stored: int = 0
    messages_rejected: int = 0
    lines: int = 0
    """Lines in record files; a moved record gives two."""
    unknown_fields: int = 0
    reasons: dict[str, int] = {}
    """Rejected messages, and rejected parts of stored ones, by reason code."""
    messages_skipped: int = 0
    """Messages that are rightly neither stored nor rejected."""
    parts_rejected: int = 0
    """Rejected parts of stored messages; each is a line of quarantine."""
    facts: int = 0
    """Lines in fact files."""
    skips: dict[str, int] = {}
    """Skipped messages by reason code."""
    parts_skipped: int = 0
    """Lines and facts left out of stored messages, as their patient opted out."""

    @property
    def messages(self) -> int:
        """Messages that were read."""
        return self.messages_stored + self.messages_rejected + self.messages_skipped

    @property
    def reject_lines(self) -> int:
        """Lines of quarantine."""
        return self.messages_rejected + self.parts_rejected

    def joined(self, other: "Counts") -> "Counts":
        """Return the sums."""
        return Counts(
            self.messages_stored + other.messages_stored,
            self.messages_rejected + other.messages_rejected,
            self.lines + other.lines,
            self.unknown_fields + other.unknown_fields,
            _sums(self.reasons, other.reasons),
            self.messages_skipped + other.messages_skipped,
            self.parts_rejected + other.parts_rejected,
            self.facts + other.facts,
            _sums(self.skips, other.skips),
            self.parts_skipped + other.parts_skipped,
        )


def _sums(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted({*one, *other})}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Commit number `seq`."""

    version: int = NAMES_ONE_BY_ONE
    """`VERSION` when a name of it is a range; older programs refuse it then."""
    seq: int
    nonce: str
    """Tells two writers at one number apart."""
    kind: Kind
    mode: Mode
    cluster_id: str
    topic: str
    topic_id: str
    clock_date: str
    """Day chosen once for the batch, at the place of `source.timezone`: serves the date rule and the rejects'
    folder."""
    key_id: str | None
    """Which key made the pseudonyms; None: ids are stored as they came."""
    program_version: str
    committed_at: str
    parts: dict[int, Position]
    add: tuple[StagedFile, ...] = ()
    remove: tuple[str, ...] = ()
    rejects: tuple[StagedFile, ...] = ()
    facts: tuple[StagedFile, ...] = ()
    resolved: tuple[str, ...] = ()
    """Final paths of fact files whose facts the records of this commit take into account."""
    gaps: tuple[Gap, ...] = ()
    empty: tuple[EmptyRange, ...] | None = None
    """Every offset of the batch that gave no message; None: the version that wrote it did not record them."""
    counts: Counts = Counts()
    watermark: int | None = None
    """Newest broker timestamp of the batch, ms; None in a fence."""
    previous: str | None = None
    """SHA-256 of manifest `seq` - 1 as it is stored; None: there is none, or its writer did not know it."""
    issues: dict[str, RecordedIssue] = {}
    """Issues of reports published since the last such record: by date."""
    cubes: dict[str, RecordedCube] = {}
    """Cubes written since then: by date."""
    releases: dict[str, RecordedIssue] | msgspec.UnsetType = msgspec.UNSET
    """Releases of reports published since the last such record: by date; absent: none."""
    format: str | msgspec.UnsetType = msgspec.UNSET
    """Format of the messages; absent: `record`."""
    opt_out: str | msgspec.UnsetType = msgspec.UNSET
    """Digest of the opt-out list of the batch; absent: there was none."""
    annotations: tuple[Annotation, ...] | msgspec.UnsetType = msgspec.UNSET
    """What somebody said of outbreaks and alarms; absent: nothing."""
    spends: tuple[Spend, ...] | msgspec.UnsetType = msgspec.UNSET
    """What noisy releases spend of the privacy budget; absent: nothing."""
    erased: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """In an erasure, the visit dates whose records were written again without somebody; never who it is.
    Absent in all other commits."""
    expiry: Expiry | msgspec.UnsetType = msgspec.UNSET
    """What retention took out; absent in all other commits."""
    erased_until: int | msgspec.UnsetType = msgspec.UNSET
    """Number of the erasure up to which nothing is left that was computed with those who were erased."""
    adoption: Adoption | msgspec.UnsetType = msgspec.UNSET
    """How another topic takes the place of the one before; absent in all other commits."""
    snapshot: tuple[int, str] | None = None
    """Number and SHA-256 of the snapshot head that the writer built on; None: none, or not known."""

    sealed_since: int | None = None
    """First of the unbroken row of sealed manifests that this one ends; None: it is not sealed, or by an
    earlier version. It is sealed itself, so no seal of the row can be taken off unnoticed."""
    mac: str | None = None
    """Seal of the manifest under the key of `verify.key_file`, see `storage.seal`; None: there was no key."""

    @property
    def identity(self) -> Identity:
        """The topic whose offsets `parts` holds."""
        return Identity(cluster_id=self.cluster_id, topic=self.topic, topic_id=self.topic_id)

    @property
    def message_format(self) -> str:
        """Format of the messages."""
        return USUAL_FORMAT if self.format is msgspec.UNSET else self.format

    @property
    def opt_out_digest(self) -> str | None:
        """Digest of the opt-out list of the batch; None: there was none."""
        return None if self.opt_out is msgspec.UNSET else self.opt_out

    @property
    def released(self) -> dict[str, RecordedIssue]:
        """Releases that the commit records."""
        return {} if self.releases is msgspec.UNSET else self.releases

    @property
    def said(self) -> tuple[Annotation, ...]:
        """Annotations of the commit."""
        return () if self.annotations is msgspec.UNSET else self.annotations

    @property
    def spent(self) -> tuple[Spend, ...]:
        """Spends of the commit."""
        return () if self.spends is msgspec.UNSET else self.spends

    @property
    def is_erasure(self) -> bool:
        """Whether somebody's data were taken out."""
        return self.erased is not msgspec.UNSET

    @property
    def offsets_empty(self) -> int:
        """Offsets that gave no message, as recorded."""
        return sum(each.offsets for each in self.empty or ())

    @property
    def needed_version(self) -> int:
        """Version that a program must know to read it."""
        has_ranges = any(is_folded(file.origins) for file in self.placed)
        return VERSION if has_ranges else NAMES_ONE_BY_ONE

    @property
    def placed(self) -> tuple[StagedFile, ...]:
        """All files the commit brings into the data folders."""
        return self.add + self.rejects + self.facts


class StoredManifest(NamedTuple):
    """A manifest as it is stored in the log."""

    manifest: Manifest
    sha256: str
    """Of its bytes."""
    is_sealed: bool | None = None
    """Whether its `mac` is of the configured key; None: no key is configured, or it has no `mac`."""


# Made once, at import: two threads that let msgspec look at a new type at the same time crash the process.
_DECODER = msgspec.json.Decoder(Manifest)


class DraftFacts(NamedTuple):
    """Facts that are the same in all commits of a writer."""

    identity: Identity
    key_id: str | None
    clock_date: dt.date


def draft(kind: Kind, mode: Mode, parts: dict[int, Position], facts: DraftFacts) -> Manifest:
    """Begin a commit under a nonce of its own; the log fills in its number and the links."""
    return Manifest(
        seq=0,
        nonce=new_nonce(),
        kind=kind,
        mode=mode,
        cluster_id=facts.identity.cluster_id,
        topic=facts.identity.topic,
        topic_id=facts.identity.topic_id,
        clock_date=facts.clock_date.isoformat(),
        key_id=facts.key_id,
        program_version=__version__,
        committed_at=clock.now().isoformat(timespec="milliseconds"),
        parts=parts,
    )


def encode(manifest: Manifest) -> bytes:
    """JSON, indented: people read it when something went wrong."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def digest(content: bytes) -> str:
    """SHA-256, hex, of a small file's bytes."""
    return hashlib.sha256(content).hexdigest()


def decode(data: bytes, path: str) -> Manifest:
    """Read a manifest. Raises DamageFound naming `path` when it cannot be one of this version."""
    try:
        manifest = _DECODER.decode(data)
    except ValueError as error:
        raise DamageFound(
            f"the manifest {path} cannot be read", str(error), "restore the file from a backup of the root"
        ) from error
    if not NAMES_ONE_BY_ONE <= manifest.version <= VERSION:
        raise DamageFound(
            f"the manifest {path} has version {manifest.version}",
            f"this program reads versions up to {VERSION}",
            "use the program version that wrote it",
        )
    return manifest
