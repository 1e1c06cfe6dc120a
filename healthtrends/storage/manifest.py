"""Manifest: the file of one commit, with the files it adds and removes and all offsets and owners."""

import datetime as dt
import hashlib
from typing import Literal, NamedTuple

import msgspec

from healthtrends import __version__, clock
from healthtrends.errors import DamageFound
from healthtrends.model.annotation import Annotation
from healthtrends.model.privacy_budget import Spend
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.expired import Expiry
from healthtrends.storage.file_names import is_folded
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.offset_gaps import EmptyRange, Gap
from healthtrends.storage.staged_file import USUAL_FORMAT, StagedFile
from healthtrends.storage.topic_identity import Adoption, Identity

VERSION = 2
"""1: names of merged files one by one. 2: some of them as ranges."""
NAMES_ONE_BY_ONE = 1

Kind = Literal["fence", "data", "job"]
Mode = Literal["once", "follow", "job"]
JOB = -1
"""Pseudo-partition that maintenance owns: one job at a time, as one writer a partition."""

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
