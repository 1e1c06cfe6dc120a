"""Maintenance as a writer on the same log: it removes files and adds others, in one commit.

A job owns the pseudo-partition JOB by a fence, as an ingest owns its partitions; the later job wins, and the
earlier finds its removals no longer live. Ingest goes on meanwhile: both only need the next number.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from healthtrends import __version__, clock
from healthtrends.errors import Superseded
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import JOB, Counts, Kind, Manifest, Position, StagedFile
from healthtrends.storage.state import State


@dataclass(frozen=True, slots=True)
class Change:
    """What a job wants to commit; the added files are staged and closed."""

    add: tuple[StagedFile, ...] = ()
    remove: tuple[str, ...] = ()
    rejects: tuple[StagedFile, ...] = ()
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a job works."""

    state: State
    """The log at the job's fence."""
    epoch: int
    nonce: str
    """Goes into the names of the files it adds."""
    folder: str
    """Its staging folder."""


def run_job(log: CommitLog, needed: Callable[[State], bool], work: Callable[[Bench], Change]) -> State | None:
    """Fence, do `work`, commit; None when `needed` finds nothing to do in the newest state.

    Raises Superseded when another job took over; nothing is lost then, and nothing done twice.
    """
    state = log.recover()
    if state.identity is None or not needed(state):
        return None
    fenced = log.commit(_draft(state, "fence"), 0, state, lambda _: None)
    nonce = new_nonce()
    bench = Bench(fenced, fenced.seq, nonce, log.layout.staged(fenced.seq, nonce))
    if not needed(fenced):
        return None
    change = work(bench)
    draft = msgspec.structs.replace(
        _draft(fenced, "job"),
        nonce=nonce,
        parts={},
        add=change.add,
        remove=change.remove,
        rejects=change.rejects,
        counts=change.counts,
    )
    committed = log.commit(draft, bench.epoch, fenced, lambda state: _refused(state, bench, change))
    log.store.delete(bench.folder)
    return log.snapshot_if_due(committed)


def _refused(state: State, bench: Bench, change: Change) -> str | None:
    if state.parts[JOB].owner != bench.epoch:
        return f"maintenance was taken over by the job of commit {state.parts[JOB].owner}"
    if not all(state.is_live(path) for path in change.remove):
        return "the files of this job were removed by another"
    return None


def _draft(state: State, kind: Kind) -> Manifest:
    if state.identity is None:
        raise Superseded("an empty log has nothing to maintain")
    return Manifest(
        seq=0,
        nonce=new_nonce(),
        kind=kind,
        mode="job",
        cluster_id=state.identity.cluster_id,
        topic=state.identity.topic,
        topic_id=state.identity.topic_id,
        clock_date=clock.today().isoformat(),
        key_id=state.key_id,
        program_version=__version__,
        committed_at=clock.now().isoformat(timespec="milliseconds"),
        parts={JOB: Position(0, 0, "job")},
    )
