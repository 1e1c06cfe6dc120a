"""Retention: record and reject files whose time is over leave the data for good, by one commit.

What was computed from them stays, and is final: the state keeps how many lines a date had and the digest of
their inputs, so cubes, reports and windows of other dates go on as if the files were there.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from healthtrends.storage.compact import delete_expired
from healthtrends.storage.expired import ExpiredDate, Expiry, Retired
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, JobContext, run_job
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State


@dataclass(frozen=True, slots=True)
class ExpiryPlan:
    """What is to go, as of one state."""

    dates: Mapping[str, str] = field(default_factory=dict)
    """Visit dates with the digest of the inputs that their cube and reports were made of."""
    late: tuple[str, ...] = ()
    """Record files that came for a date after it had expired."""
    first_day: dt.date = dt.date.min
    """First day whose records are kept."""
    reject_days: tuple[str, ...] = ()
    """Days of ingest."""
    issues: Mapping[str, Retired] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.dates or self.late or self.reject_days or self.issues)


class FactExpiry(Protocol):
    """Takes out the facts of records that go."""

    def change(self, context: JobContext, removed: Collection[str], first_day: dt.date) -> Change:
        """Facts to remove and to add, once these record files are gone."""
        ...


def expire(log: CommitLog, plan: ExpiryPlan, today: dt.date, facts: FactExpiry) -> State | None:
    """Commit what is planned, less what has changed since; None: there is nothing to do.

    Raises Superseded when another job took over.
    """

    def needed(state: State) -> bool:
        return bool(_files(state, plan)) or any(
            state.retired.get(date, (0, 0)) != retired for date, retired in plan.issues.items()
        )

    def work(context: JobContext) -> Change:
        state = context.state
        files = _files(state, plan)
        records = [file for file in files if state.files.find(file.dst)]
        expiry = Expiry(
            dates={
                date: ExpiredDate(state.files.facts(date).lines, plan.dates[date])
                for date in _dates(state, plan)
            },
            lines=sum(file.lines for file in records),
            rejects=sum(file.lines for file in files) - sum(file.lines for file in records),
            issues=dict(plan.issues),
        )
        computed = {file.dst for file in records if file.is_resolved}
        left = facts.change(context, computed, plan.first_day) if computed else Change()
        removed = (*(file.dst for file in files), *left.remove)
        return Change(remove=removed, facts=left.facts, counts=left.counts, expiry=expiry)

    committed = run_job(log, needed, work, today) if plan else None
    delete_expired(log)
    return committed


def _dates(state: State, plan: ExpiryPlan) -> list[str]:
    """Planned dates that hold what they held; to others lines came meanwhile."""
    return [
        date
        for date, inputs in plan.dates.items()
        if date not in state.expired and date in state.files and state.files.facts(date).inputs == inputs
    ]


def _files(state: State, plan: ExpiryPlan) -> Sequence[StagedFile]:
    return [
        *(file for date in _dates(state, plan) for file in state.files[date].values()),
        *_late_files(state, plan),
        *(file for day in plan.reject_days for file in state.reject_files.get(day, {}).values()),
    ]


def _late_files(state: State, plan: ExpiryPlan) -> Sequence[StagedFile]:
    """Planned ones that are live; computed records of a date go together, as their facts do."""
    files = [file for path in plan.late if (file := state.files.find(path))]
    waiting = {
        file.date
        for date in {file.date for file in files}
        for file in state.files[date].values()
        if file.is_resolved and file.dst not in plan.late
    }
    return [file for file in files if not file.is_resolved or file.date not in waiting]
