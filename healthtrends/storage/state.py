"""State of the log at one number: computed from all manifests up to it, and from nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from healthtrends.model.annotation import Annotation
from healthtrends.model.privacy_budget import Spend
from healthtrends.storage.commit_counts import MessageTotals
from healthtrends.storage.expired import ExpiredDate, Retired
from healthtrends.storage.file_index import DayFacts, FileIndex, Folder
from healthtrends.storage.file_writer import united
from healthtrends.storage.manifest import JOB, Manifest, Position, RecordedCube, RecordedIssue
from healthtrends.storage.offset_gaps import Gap
from healthtrends.storage.staged_file import USUAL_FORMAT, Range, Reading, StagedFile
from healthtrends.storage.topic_identity import Adoption, Identity, first_number


@dataclass(frozen=True, slots=True)
class State(MessageTotals):
    """The log folded to one number. Never changed in place: `after` gives the next one."""

    seq: int = 0
    """Number of the newest commit; 0: an empty root."""
    parts: Mapping[int, Position] = field(default_factory=dict)
    """Next offset and owner of each partition ever seen."""
    files: FileIndex = field(default_factory=lambda: FileIndex("date"))
    """Live record files by visit date and final path."""
    reject_files: FileIndex = field(default_factory=lambda: FileIndex("ingested"))
    """Live reject files by day of ingest and final path."""
    fact_files: FileIndex = field(default_factory=lambda: FileIndex("received"))
    """Live fact files by day of ingest and final path."""
    unresolved: frozenset[str] = frozenset()
    """Those of them whose facts no record takes into account yet."""
    messages_stored: int = 0
    messages_rejected: int = 0
    messages_skipped: int = 0
    parts_rejected: int = 0
    offsets_covered: int = 0
    """Offsets that were read or given up, over all partitions, since the first fence."""
    offsets_lost: int = 0
    """Those of them that could not be had from Kafka, or that a repair gave up, accepted as lost."""
    offsets_unreadable: int = 0
    """Those of the lost ones that are in batches which the client could not unpack."""
    offsets_empty: Mapping[str, int] = field(default_factory=dict)
    """Those of them that gave no message, by reason."""
    offsets_unrecorded: int = 0
    """Those of them that gave no message in commits of a version that did not record why."""
    unrecorded_until: int = 0
    """Number of the last such commit, or of a snapshot it lies below; 0: there is none."""
    identity: Identity | None = None
    """Topic of the log; None before the first commit."""
    adoptions: tuple[Adoption, ...] = ()
    """How other topics took the place of the first one, oldest first."""
    key_id: str | None = None
    """Key of the newest ingest's pseudonyms."""
    newest: Manifest | None = None
    """Manifest number `seq`, whose files may not be at their place yet; None: a snapshot, all are placed."""
    snapshot: int = 0
    """Number of the snapshot that the lists are based on; 0: none."""
    snapshot_sha256: str | None = None
    """SHA-256 of that snapshot's head; None: no snapshot."""
    head: str | None = None
    """SHA-256 of manifest `seq` as it is stored; None: an empty root, or a snapshot that does not say it."""
    linked_from: int | None = None
    """First manifest of an unbroken row whose hashes their successors hold; None: none is held."""

    opt_out: str | None = None
    """Digest of the opt-out list of the newest batch; None: it had none."""
    formats: frozenset[str] = frozenset()
    """Formats of the messages of all commits, other than `record`."""
    issues: Mapping[str, RecordedIssue] = field(default_factory=dict)
    """Newest issue of each date that a commit records."""
    cubes: Mapping[str, RecordedCube] = field(default_factory=dict)
    """Newest cube of each date that a commit records: name of its folder, SHA-256 of its head."""
    releases: Mapping[str, RecordedIssue] = field(default_factory=dict)
    """Newest release of each date that a commit records."""
    annotations: tuple[Annotation, ...] = ()
    """All that was ever said of outbreaks and alarms, oldest first."""
    spends: tuple[Spend, ...] = ()
    """All that noisy releases ever spent of the privacy budget, oldest first."""

    erased: Mapping[str, int] = field(default_factory=dict)
    """Number of the newest erasure by visit date that it took records out of."""
    erasure: int = 0
    """Number of the newest erasure; 0: there was none."""
    erased_until: int = 0
    """Number of the erasure up to which nothing is left that was computed with those who were erased."""

    expired: Mapping[str, ExpiredDate] = field(default_factory=dict)
    """Dates whose records retention took out; more may have come late."""
    lines_expired: int = 0
    """Lines of records that retention took out."""
    rejects_expired: int = 0
    """Lines of quarantine that it took out."""
    ranges_gone: tuple[Range, ...] = ()
    """Offsets of files that retention or an erasure took out: no file need hold their messages."""
    retired: Mapping[str, Retired] = field(default_factory=dict)
    """By date, up to which number its issues, and their reports, are deleted by retention."""

    @property
    def has_open_erasure(self) -> bool:
        """Whether something may be left that was computed with somebody who was erased."""
        return self.erasure > self.erased_until

    @property
    def first_partition(self) -> int:
        """Number in the log of partition 0 of the present topic."""
        return self.adoptions[-1].first_partition if self.adoptions else 0

    def positions_of(self, first_partition: int) -> dict[int, Position]:
        """Positions of one topic, whose partition 0 has this number in the log."""
        return {p: at for p, at in self.parts.items() if p != JOB and first_number(p) == first_partition}

    @property
    def head_name(self) -> str | None:
        """`SEQ:HASH`, which names this very history; None: the hash is not known."""
        return None if self.head is None else f"{self.seq}:{self.head}"

    @property
    def snapshot_name(self) -> tuple[int, str] | None:
        """Number and SHA-256 of the snapshot that the state is based on, as a manifest names it."""
        return None if self.snapshot_sha256 is None else (self.snapshot, self.snapshot_sha256)

    def after(self, manifest: Manifest, sha256: str | None = None) -> "State":
        """Return the state once `manifest`, number seq + 1, is committed and stored as bytes of that hash."""
        if manifest.seq != self.seq + 1:
            raise ValueError(f"commit {manifest.seq} does not follow {self.seq}")
        counts, covered = manifest.counts, self._newly_covered(manifest)
        messages = counts.messages
        lost = _length(manifest.gaps)
        adopted = _adopted(manifest)
        is_unrecorded = manifest.kind == "data" and manifest.empty is None
        return replace(
            self,
            seq=manifest.seq,
            parts={**self.parts, **manifest.parts},
            files=self.files.after(_with_readings(manifest.add, manifest), manifest.remove),
            fact_files=self.fact_files.after(_with_readings(manifest.facts, manifest), manifest.remove),
            unresolved=self._unresolved_with(manifest),
            reject_files=self.reject_files.after(_with_readings(manifest.rejects, manifest), manifest.remove),
            messages_stored=self.messages_stored + counts.messages_stored,
            messages_rejected=self.messages_rejected + counts.messages_rejected,
            messages_skipped=self.messages_skipped + counts.messages_skipped,
            parts_rejected=self.parts_rejected + counts.parts_rejected,
            offsets_covered=self.offsets_covered + covered,
            # A repair moves no offsets: what it stores less than before was accepted as lost.
            offsets_lost=self.offsets_lost + lost - (messages if manifest.kind == "job" else 0),
            offsets_unreadable=self.offsets_unreadable
            + _length(gap for gap in manifest.gaps if gap.reason == "unreadable_batch"),
            offsets_empty=self._empty_with(manifest),
            offsets_unrecorded=self.offsets_unrecorded + (covered - lost - messages if is_unrecorded else 0),
            unrecorded_until=manifest.seq if is_unrecorded else self.unrecorded_until,
            # A job that began before an adoption names the topic of that time.
            identity=manifest.identity if self.identity is None or adopted else self.identity,
            adoptions=self.adoptions + adopted,
            # A job makes no pseudonyms under a key of its own; it may come in late behind `--new-key`.
            key_id=self.key_id if manifest.mode == "job" else manifest.key_id,
            newest=manifest,
            opt_out=manifest.opt_out_digest if manifest.kind == "data" else self.opt_out,
            head=sha256,
            formats=self.formats | ({manifest.message_format} - {USUAL_FORMAT}),
            issues=_newest(self.issues, manifest.issues),
            cubes=self._cubes_with(manifest),
            releases=_newest(self.releases, manifest.released),
            annotations=self.annotations + manifest.said,
            spends=self.spends + manifest.spent,
            linked_from=None if manifest.previous is None else self.linked_from or self.seq,
            erased={**self.erased, **dict.fromkeys(_erased(manifest), manifest.seq)},
            erasure=manifest.seq if manifest.is_erasure else self.erasure,
            erased_until=self._erased_until(manifest),
            ranges_gone=self._ranges_gone_with(manifest),
            **self._expired_with(manifest),
        )

    @property
    def dates(self) -> Iterable[str]:
        """Visit dates that have records, or had them before they expired."""
        return {*self.files, *self.expired} if self.expired else self.files

    def day_facts(self, visit_date: str) -> DayFacts:
        """Sums over a date's record files; of an expired one, of those that its cube was made of."""
        expired = self.expired.get(visit_date)
        return (
            self.files.facts(visit_date) if expired is None else DayFacts(0, expired.lines, 0, expired.inputs)
        )

    def file_index(self, folder: Folder) -> FileIndex:
        """Live files of one kind of folder."""
        return {"date": self.files, "ingested": self.reject_files, "received": self.fact_files}[folder]

    def paths(self, visit_date: str) -> tuple[str, ...]:
        """Final paths of a date's record files, sorted."""
        return tuple(sorted(self.files.get(visit_date, {})))

    def inputs(self, visit_date: str) -> tuple[str, ...]:
        """Names of what a date's records came in, sorted; maintenance changes the files, but not these."""
        files = self.files.get(visit_date, {}).values()
        return tuple(sorted(origin for file in files for origin in file.inputs))

    def live_file(self, path: str) -> StagedFile | None:
        """Record, reject or fact file that a commit names `path` and none has removed."""
        return self.files.find(path) or self.reject_files.find(path) or self.fact_files.find(path)

    def is_live(self, path: str) -> bool:
        """True when a commit names `path` and none has removed it."""
        return self.live_file(path) is not None

    def compacted_into(self, path: str) -> str | None:
        """Path of the live file that holds the lines of `path`, which maintenance took out; or None."""
        return self.files.compacted_into(path) or self.reject_files.compacted_into(path)

    @property
    def rejects(self) -> Mapping[str, StagedFile]:
        """Live reject files by final path, oldest day first."""
        return {path: file for files in self.reject_files.values() for path, file in sorted(files.items())}

    def _cubes_with(self, manifest: Manifest) -> Mapping[str, RecordedCube]:
        """Cubes on record; one that was computed with somebody who is erased is none any more."""
        gone = frozenset(_erased(manifest))
        kept = {date: cube for date, cube in self.cubes.items() if date not in gone} if gone else self.cubes
        return {**kept, **manifest.cubes} if manifest.cubes else kept

    def _expired_with(self, manifest: Manifest) -> dict[str, Any]:
        expiry = manifest.expiry
        if expiry is msgspec.UNSET:
            return {}
        dates = {date: msgspec.structs.replace(each, seq=manifest.seq) for date, each in expiry.dates.items()}
        return {
            "expired": {**self.expired, **dates},
            "lines_expired": self.lines_expired + expiry.lines,
            "rejects_expired": self.rejects_expired + expiry.rejects,
            "retired": {**self.retired, **expiry.issues},
        }

    def _ranges_gone_with(self, manifest: Manifest) -> tuple[Range, ...]:
        if not manifest.is_erasure and manifest.expiry is msgspec.UNSET:
            return self.ranges_gone
        removed = [file for path in manifest.remove if (file := self.live_file(path))]
        return united([*self.ranges_gone, *(each for file in removed for each in file.ranges)])

    def _erased_until(self, manifest: Manifest) -> int:
        found = manifest.erased_until
        return self.erased_until if found is msgspec.UNSET else max(found, self.erased_until)

    def _empty_with(self, manifest: Manifest) -> Mapping[str, int]:
        found = dict(self.offsets_empty)
        for each in manifest.empty or ():
            found[each.reason] = found.get(each.reason, 0) + each.offsets
        return found

    def _unresolved_with(self, manifest: Manifest) -> frozenset[str]:
        """Fact files that are new, hold other facts than before, or replace one that waits, wait."""
        # A file that was made again names its first input, not the file that it takes the place of.
        is_waiting = not self.unresolved.isdisjoint(manifest.remove)
        new = {file.dst for file in manifest.facts if is_waiting or file.dst in file.inputs}
        return (self.unresolved | new) - {*manifest.resolved, *manifest.remove}

    def _newly_covered(self, manifest: Manifest) -> int:
        # A partition seen for the first time starts at the offset its fence names.
        return sum(
            position.next - self.parts[partition].next
            for partition, position in manifest.parts.items()
            if partition in self.parts
        )


def _adopted(manifest: Manifest) -> tuple[Adoption, ...]:
    given = manifest.adoption
    if given is msgspec.UNSET:
        return ()
    return (msgspec.structs.replace(given, seq=manifest.seq, committed_at=manifest.committed_at),)


def _erased(manifest: Manifest) -> tuple[str, ...]:
    return () if manifest.erased is msgspec.UNSET else manifest.erased


def _length(gaps: Iterable[Gap]) -> int:
    return sum(gap.next - gap.first for gap in gaps)


def _newest(
    known: Mapping[str, RecordedIssue], more: Mapping[str, RecordedIssue]
) -> Mapping[str, RecordedIssue]:
    """Keep the highest number of each date; two publishers may record in another order than they publish."""
    fresh = {date: each for date, each in more.items() if date not in known or each[0] > known[date][0]}
    return {**known, **fresh} if fresh else known


def _with_readings(files: Iterable[StagedFile], manifest: Manifest) -> Iterator[StagedFile]:
    for file in files:
        reading = Reading(file.ranges, manifest.clock_date, manifest.key_id, format=manifest.message_format)
        yield file if file.readings else msgspec.structs.replace(file, readings=(reading,))
