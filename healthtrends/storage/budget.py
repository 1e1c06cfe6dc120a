"""Spends of the privacy budget are commits of the log, so that no release forgets an earlier one.

The spend is committed before any noise is drawn: a process that dies in between has spent it, and the same
release goes on with it. The ceiling is asked of whatever the log has become when the number is taken.
"""

from collections.abc import Callable, Sequence

import msgspec

from healthtrends import clock
from healthtrends.errors import UsageError
from healthtrends.model.privacy_budget import Spend
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import job_draft

Refusal = Callable[[Sequence[Spend]], str | None]
"""Returns why a spend may not come behind these; None: it may."""


def commit_spend(log: CommitLog, wanted: Spend, refusal: Refusal) -> int:
    """Commit a spend, and return its number; the same spend again gives the number that it has.

    Raises UsageError when it is refused, Superseded when another process spent the rest meanwhile,
    HdfsUnavailable.
    """
    state = log.recover()
    if wanted in state.spends:
        return state.spends.index(wanted) + 1
    if refused := refusal(state.spends):
        raise UsageError(
            "the privacy budget does not allow this release",
            refused,
            "`healthtrends dp budget` lists what was spent; the ceilings are in `[dp]`",
        )
    draft = msgspec.structs.replace(job_draft(state, "job", clock.today()), parts={}, spends=(wanted,))
    committed = log.commit(draft, 0, state, lambda newest: refusal(_others(newest.spends, wanted)))
    log.store.delete(log.layout.staged_by(committed.seq))
    log.snapshot_if_due(committed)
    return committed.spends.index(wanted) + 1


def _others(spends: Sequence[Spend], wanted: Spend) -> list[Spend]:
    return [each for each in spends if each != wanted]
