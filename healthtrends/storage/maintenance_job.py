"""Maintenance jobs: writers on the same log that remove files and add others, in one commit.

A job owns the pseudo-partition JOB by a fence, as an ingest owns its partitions; the later job wins, and the
earlier finds its removals no longer live. Ingest goes on meanwhile: both only need the next number.
"""

import datetime as dt
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from healthtrends import clock
from healthtrends.errors import DamageFound, HealthTrendsError, Superseded
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.expired import Expiry
from healthtrends.storage.file_measures import measure_files
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import JOB, DraftFacts, Kind, Manifest, Position, draft
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State


@dataclass(frozen=True, slots=True)
class Change:
    """Changes that a job commits; the added files are staged and closed."""

    add: tuple[StagedFile, ...] = ()
    remove: tuple[str, ...] = ()
    rejects: tuple[StagedFile, ...] = ()
    facts: tuple[StagedFile, ...] = ()
    resolved: tuple[str, ...] = ()
    """Fact files that the added records take into account."""
    counts: Counts = field(default_factory=Counts)
    erased: tuple[str, ...] | None = None
    """Of an erasure, the visit dates of the records that it takes out; None: it is another job."""
    expiry: Expiry | None = None
    """Of retention, what it takes out; None: it is another job."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """State, names and folder that a job works with."""

    state: State
    """The log at the job's fence."""
    epoch: int
    nonce: str
    """Goes into the names of the files it adds."""
    folder: str
    """Its staging folder."""
    clock_date: dt.date
    """The job's own day."""


def run_job(
    log: CommitLog,
    needed: Callable[[State], bool],
    work: Callable[[JobContext], Change],
    today: dt.date | None = None,
) -> State | None:
    """Fence, do `work`, commit; None when `needed` finds nothing to do in the newest state.

    `today` is the job's day; None: that of UTC.

    Raises Superseded when another job took over; nothing is lost then, and nothing done twice.
    """
    state = log.recover()
    if state.identity is None or not needed(state):
        return None
    day = today or clock.today()
    fenced = log.commit(job_draft(state, "fence", day), 0, state, lambda _: None)
    nonce = new_nonce()
    context = JobContext(fenced, fenced.seq, nonce, log.layout.staged(fenced.seq, nonce), day)
    if not needed(fenced):
        return None
    try:
        change = work(context)
        job = _job(context, change)
        committed = log.commit(job, context.epoch, fenced, lambda state: _refused(state, context, change))
    except (HealthTrendsError, OSError) as failure:
        reason = failure.what if isinstance(failure, Superseded) else _taken_over(log.read_state(), context)
        if reason is None:
            raise
        # A job that was taken over may trip over a file that the other moved, before it asks for its number.
        raise Superseded(
            reason, "of two jobs the later wins", "nothing was changed; run it again"
        ) from failure
    if change.resolved:  # what was computed from facts is new; other jobs write again what is there
        measure_files(log.layout, committed.seq, job)
    # The epoch is this job's alone; its empty folder would stay until an ingest begins.
    log.store.delete(log.layout.staged_by(context.epoch))
    return log.snapshot_if_due(committed)


def _job(context: JobContext, change: Change) -> Manifest:
    return msgspec.structs.replace(
        job_draft(context.state, "job", context.clock_date),
        nonce=context.nonce,
        parts={},
        add=change.add,
        remove=change.remove,
        rejects=change.rejects,
        facts=change.facts,
        resolved=change.resolved,
        counts=change.counts,
        erased=msgspec.UNSET if change.erased is None else change.erased,
        expiry=msgspec.UNSET if change.expiry is None else change.expiry,
    )


def _taken_over(state: State, context: JobContext) -> str | None:
    owner = state.parts[JOB].owner
    return None if owner == context.epoch else f"maintenance was taken over by the job of commit {owner}"


def _refused(state: State, context: JobContext, change: Change) -> str | None:
    gone = not all(state.is_live(path) for path in change.remove)
    return _taken_over(state, context) or ("the files of this job were removed by another" if gone else None)


def read_verified(log: CommitLog, source: StagedFile) -> Iterator[bytes]:
    """Yield the content of a file and compare it with its manifest, so that no damage is copied.

    A file that a later commit has taken out is read where it lies now.
    Raises DamageFound, after the last piece, when a checksum differs from the manifest's.
    """
    crc32, sha256 = 0, hashlib.sha256()
    try:
        for piece in _pieces(log, source.dst):
            crc32 = zlib.crc32(piece, crc32)
            sha256.update(piece)
            yield piece
    except FileNotFoundError:
        raise damaged(source, "it is gone") from None
    if crc32 != source.crc32 or source.sha256 not in (None, sha256.hexdigest()):
        raise damaged(source, "its content is another")


def read_lines(log: CommitLog, source: StagedFile) -> Iterator[bytes]:
    """Yield the lines of a file without holding all of it. Raises DamageFound, after the last line."""
    rest = b""
    for piece in read_verified(log, source):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole


def _pieces(log: CommitLog, path: str) -> Iterator[bytes]:
    pieces = log.store.chunks(path)
    try:
        first = next(pieces, b"")
    except FileNotFoundError:
        first, pieces = b"", log.store.chunks(*log.locate([path]))
    yield first
    yield from pieces


def damaged(source: StagedFile, why: str) -> DamageFound:
    """Return the error for a file that differs from what was committed."""
    return DamageFound(
        f"{source.dst} differs from its manifest",
        why,
        f"nothing was changed; `healthtrends ingest --restage {source.dst}` makes it again from Kafka",
    )


def job_draft(state: State, kind: Kind, day: dt.date) -> Manifest:
    """Begin a commit of maintenance on the pseudo-partition. Raises Superseded on an empty log."""
    if state.identity is None:
        raise Superseded("an empty log has nothing to maintain")
    facts = DraftFacts(state.identity, state.key_id, day)
    return draft(kind, "job", {JOB: Position(0, 0, "job")}, facts)
