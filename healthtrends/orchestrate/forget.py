"""Erasure of a person as `forget` does it: the commit, then all that was computed with the person.

    look      every live file, issue and cube; nothing is written
    commit    the person's lines leave records, facts and rejects: one commit of the log
    clean     delete the files it took out, and the cubes of before
    publish   the dates that were published, once more, without their earlier issues; then pages and index
    close     a commit that says that nothing is left

What comes after the commit needs the log alone, which names dates and nobody: whoever runs next goes on where
this one died. Run records and log lines hold numbers only.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from healthtrends import clock
from healthtrends.ingest.erased_person import ErasedPerson, parse_person
from healthtrends.ingest.erasure import Erasure, ErasureSurvey
from healthtrends.ingest.numbered_topic import in_log_numbers
from healthtrends.observe import counted, progress
from healthtrends.orchestrate.day import DayRun
from healthtrends.orchestrate.dependencies import Dependencies, RunOptions
from healthtrends.orchestrate.erased_dates import newest_tainted, touched_by
from healthtrends.orchestrate.range_run import RangeRun, write_index
from healthtrends.orchestrate.run_records import RunRecord
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import job_draft
from healthtrends.storage.staged_file import Range
from healthtrends.storage.state import State
from healthtrends.visits.erasure import FactErasure

OpenDays = Callable[[Steps, RunRecord], DayRun]


@dataclass(slots=True)
class ForgetResult:
    """What an erasure touches, or touched: dates, numbers and offsets, no value of the person."""

    found: ErasureSurvey
    issues: dict[str, list[int]] = field(default_factory=dict)
    """Numbers of the issues, by date, that were computed with the person's lines."""
    cubes: list[str] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)
    """Published dates whose reports look back on one of the dates."""
    is_searched: bool = True
    """Whether the bytes of rejects were searched too: not for a pseudonym, nor for a short id."""
    topic: list[Range] = field(default_factory=list)
    """Offsets that Kafka still has, among which the person's messages are."""


class Forget:
    """Erases under one root."""

    def __init__(
        self, dependencies: Dependencies, log: CommitLog, issues: Issues, open_days: OpenDays
    ) -> None:
        self._dependencies = dependencies
        self._log = log
        self._issues = issues
        self._open_days = open_days

    def person(self, given: Sequence[str], pseudonyms: Sequence[str]) -> ErasedPerson:
        """Make the person of ids as they came and of pseudonyms, under every known key."""
        known = self._dependencies.settings.under_known_keys()
        return parse_person(given, pseudonyms, [each.pseudonymise for each in known if each.pseudonymise])

    def pseudonyms(self, person: ErasedPerson) -> list[str]:
        """Give what names the person on an opt-out list: pseudonyms, or ids where none are made."""
        is_raw = self._dependencies.settings.pseudonymise is None
        return sorted(person.ids if is_raw else person.pseudonyms)

    def look(self, steps: Steps, person: ErasedPerson) -> ForgetResult:
        """Find what holds the person; write nothing. Raises DamageFound, ConfigError."""
        state = steps.run("read log", lambda _: self._log.read_state())
        found = steps.run("look", lambda _: self._erasure("look", person, lambda job: job.survey(state)))
        return self._result(state, found, person)

    def commit(self, steps: Steps, person: ErasedPerson) -> ForgetResult:
        """Take the person's lines out by one commit. Raises Superseded, DamageFound, ConfigError."""
        before = steps.run("read log", lambda _: self._log.read_state())

        def work(step: StepRecord) -> ErasureSurvey:
            done = self._erasure("erase", person, lambda job: job.run())
            step.note = f"{counted(done.lines, 'line')} of {counted(len(done.records), 'date')}"
            return done

        return self._result(before, steps.run("erase", work), person)

    def _erasure(
        self, title: str, person: ErasedPerson, work: Callable[[Erasure], ErasureSurvey]
    ) -> ErasureSurvey:
        with progress(title, None, "bytes") as bar:
            facts = FactErasure(self._log)
            return work(
                Erasure(self._log, self._dependencies.settings.under_known_keys(), facts, person, bar)
            )

    def _result(self, state: State, found: ErasureSurvey, person: ErasedPerson) -> ForgetResult:
        published = set(self._issues.dates())
        dates = {dt.date.fromisoformat(date) for date in found.records}
        windows = sorted((touched_by(dates) - dates) & published)
        return ForgetResult(
            found,
            issues={str(date): self._issues.numbers(date) for date in sorted(dates & published)},
            cubes=sorted(found.records.keys() & state.cubes.keys()),
            windows=[str(date) for date in windows],
            is_searched=person.is_searched,
            topic=self._still_on_topic(found.ranges),
        )

    def _still_on_topic(self, ranges: Sequence[Range]) -> list[Range]:
        if not ranges:
            return []
        bounds = in_log_numbers(self._dependencies.topic(), self._log.newest_seen).bounds()
        return [
            (partition, max(first, bounds[partition].first), end)
            for partition, first, end in ranges
            if partition in bounds and end > bounds[partition].first
        ]

    # What was computed with the person ---------------------------------------------------------

    def finish(self, steps: Steps, record: RunRecord) -> None:
        """Clean, publish again and close; nothing where no erasure is open. Raises as a run does."""
        state = steps.run("read log", lambda _: self._log.recover())
        if not state.has_open_erasure:
            return
        dates = [dt.date.fromisoformat(day) for day, seq in state.erased.items() if seq > state.erased_until]
        steps.run("clean", lambda _: self._clean(state, dates))
        self._publish(steps, record, state, dates)
        steps.run("close", lambda _: self._close(state.erasure))

    def _clean(self, state: State, dates: Sequence[dt.date]) -> None:
        """Delete what the erasure and earlier commits took out of the data, and cubes of before."""
        layout, pool = self._log.layout, self._log.pool
        days = [f"{layout.removed_days}/{day.name}" for day in pool.store.list(layout.removed_days)]
        removed = (f"{day}/{seq.name}" for day in days for seq in pool.store.list(day))
        pool.delete_all(path for path in removed if int(path.rpartition("/")[2]) <= state.erasure)
        cubes = Cubes(pool, layout)
        list(pool.map(lambda date: cubes.delete_before(date, state.erased[str(date)]), dates))

    def _publish(self, steps: Steps, record: RunRecord, state: State, dates: Sequence[dt.date]) -> None:
        published = sorted(touched_by(dates) & set(self._issues.dates()))
        with self._open_days(steps, record) as days:
            days.open_pages()
            newest = {date: issue for date in published if (issue := self._issues.newest(date))}
            shown = [date for date, issue in newest.items() if not issue.is_withdrawal]
            options = RunOptions(reprocess="stale", allow_empty=True, no_ingest=True)
            if shown:
                RangeRun(days, options, self._dependencies, self._log, record).bring_up_to_date(shown)
            for date, issue in newest.items():
                if issue.is_withdrawal and self._removes and newest_tainted(self._issues, state, date):
                    days.withdraw_again(date)
            uncounted = [date for date in days.uncounted() if date in dates]
            if uncounted:
                days.count(uncounted)
            days.forget_pages(dates)
            write_index(days)
        with self._open_days(steps, record) as days:  # at the state that has the new cubes on record
            days.repair_cubes(dates)
        for date in newest:
            if issue := self._issues.newest(date):
                erased = newest_tainted(self._issues, state, date) if self._removes else 0
                self._issues.retire(issue, erased)

    @property
    def _removes(self) -> bool:
        return self._dependencies.publish.after_erasure == "remove"

    def _close(self, erasure: int) -> None:
        state = self._log.read_state()
        if state.erased_until >= erasure or state.identity is None:
            return
        closing = msgspec.structs.replace(
            job_draft(state, "job", clock.today()), parts={}, erased_until=erasure
        )
        committed = self._log.commit(closing, 0, state, lambda _: None)
        self._log.store.delete(self._log.layout.staged_by(committed.seq))
        self._log.snapshot_if_due(committed)
