"""Annotations are commits of the log: append-only, with who and when, covered by its hash chain and seals.

    find     the newest state; an entry that is there already, of an attempt before this one, is done
    check    what the entry refers to must be there, in whatever became of the log when the number is taken
    commit   take the next number of the log; no partition is owned or moved, so no fence is needed

A process that dies before the rename leaves a manifest aside, which a later writer deletes; after it the
entry is there. Ingest and other writers go on meanwhile: all only need the next number.
"""

from collections.abc import Callable, Sequence

import msgspec

from healthtrends import clock
from healthtrends.errors import UsageError
from healthtrends.model.annotation import Annotation
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import job_draft
from healthtrends.storage.state import State

Check = Callable[[Sequence[Annotation]], str | None]
"""Returns why an entry may not come behind these; None: it may."""


def annotate(log: CommitLog, said: Annotation, check: Check = lambda _: None) -> int:
    """Commit an entry, and return its number; the same entry again gives the number that it has.

    Raises UsageError on an empty root, Superseded with the reason of `check`, HdfsUnavailable.
    """
    state = log.recover()
    if state.identity is None:
        raise UsageError(
            "there is nothing to annotate", "no commit lies under the root", "`healthtrends ingest` first"
        )
    if said in state.annotations:
        return state.annotations.index(said) + 1
    if refused := check(state.annotations):
        raise UsageError(refused, "", "`healthtrends outbreaks list` shows what is there")
    draft = msgspec.structs.replace(job_draft(state, "job", clock.today()), parts={}, annotations=(said,))
    committed = log.commit(draft, 0, state, lambda newest: _refused(newest, said, check))
    log.store.delete(log.layout.staged_by(committed.seq))
    log.snapshot_if_due(committed)
    return committed.annotations.index(said) + 1


def _refused(state: State, said: Annotation, check: Check) -> str | None:
    return check([each for each in state.annotations if each != said])
