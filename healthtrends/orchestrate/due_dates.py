"""Which dates have to be published, and why."""

import datetime as dt
from collections.abc import Sequence

from healthtrends import clock
from healthtrends.errors import UsageError
from healthtrends.observe import counted
from healthtrends.orchestrate.dependencies import Reprocess
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.state import State


class DueDates:
    """Compares what is stored at one commit number with what was published."""

    def __init__(self, state: State, inputs: InputDigests, issues: Issues, zone: str) -> None:
        self._state = state
        self._inputs = inputs
        self._issues = issues
        self._zone = zone

    def check_range(self, dates: Sequence[dt.date]) -> None:
        """Raise UsageError for dates without records outside of the stored range."""
        first, last = self._inputs.stored_range(clock.today(self._zone))
        outside = [date for date in dates if self._inputs.digest(date) is None and not first <= date <= last]
        if outside:
            raise UsageError(
                f"no records can be expected of {_listed(outside)}",
                f"records are stored of {first} to {last}" if first <= last else "no record is stored yet",
                "Correct the date, or see whether its feed is down (`healthtrends status`); "
                "--allow-empty publishes empty reports.",
            )

    def reason(
        self, date: dt.date, reprocess: Reprocess | None, *, failed: bool, named: bool
    ) -> tuple[str | None, Issue | None]:
        """Say why the date is due (missing, stale, failed, asked), or None; and give its newest issue.

        A date that was unpublished is missing for who has `named` it alone; no run over several takes it up.
        """
        newest = self._issues.newest(date)
        if newest is not None and date.isoformat() in self._state.expired:
            return None, newest  # final: its records are gone
        is_withdrawn = newest is not None and newest.is_withdrawal
        if is_withdrawn and not named:
            return None, newest
        if reprocess == "all":
            return "asked", newest
        if newest is not None and not is_withdrawn and not self._inputs.stale(newest):
            return None, newest
        state = "missing" if newest is None or is_withdrawn else "stale"
        if reprocess == "failed":
            return ("failed" if failed else None), newest
        return (state if reprocess in (None, state) else None), newest

    def has_stale_window(self, newest: Issue | None) -> bool:
        """Whether a date is stale for days before it alone."""
        return newest is not None and not newest.is_withdrawal and self._inputs.has_stale_window(newest)

    def known(self) -> list[dt.date]:
        """List the dates that have records or were ever published, in order."""
        return sorted({*map(dt.date.fromisoformat, self._state.dates), *self._issues.dates()})


def _listed(dates: Sequence[dt.date]) -> str:
    return (
        str(dates[0])
        if len(dates) == 1
        else f"{counted(len(dates), 'date')} such as {dates[0]} and {dates[-1]}"
    )
