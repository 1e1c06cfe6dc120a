"""The pages of this machine and their index, brought up to what is published at one commit number."""

import datetime as dt
from collections.abc import Sequence

from healthtrends import clock
from healthtrends.observe import measure
from healthtrends.orchestrate.day_cube import stored_lines
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.pages import Pages, provisional_until
from healthtrends.page.data import IndexedDate
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.layout import ReleaseLayout
from healthtrends.storage.state import State


class PageIndex:
    """Says of each date how its reports stand, and whether it was released."""

    def __init__(
        self, dependencies: Dependencies, state: State, inputs: InputDigests, issues: Issues, pages: Pages
    ) -> None:
        self._pool = dependencies.pool
        self._zone = dependencies.settings.source.timezone
        self._state = state
        self._inputs = inputs
        self._issues = issues
        self._releases = Issues(dependencies.pool, ReleaseLayout(dependencies.layout.root))
        self._pages = pages

    def write(self, dates: Sequence[dt.date]) -> None:
        """Show the newest issue of each date, drop what was withdrawn, and write the index."""
        newest = [issue for issue in self._pool.map(self._issues.newest, dates) if issue]
        withdrawn = [issue.date for issue in newest if issue.is_withdrawal]
        for date in withdrawn:
            self._pages.drop(date)
        self._pages.show_all([issue for issue in newest if not issue.is_withdrawal])
        gone = {date for date in withdrawn if date.isoformat() not in self._state.dates}
        # Where nothing else is left, the index says that it was taken back.
        shown = [date for date in dates if date not in gone] or dates
        released = set(self._releases.dates())
        found = list(self._pool.map(lambda date: self._indexed(date, is_released=date in released), shown))
        self._measure([entry for entry, _ in found])
        if found:
            moments = [moment for _, moment in found if moment is not None]
            self._pages.write_index([entry for entry, _ in found], max(moments, default=None))

    def _measure(self, dates: Sequence[IndexedDate]) -> None:
        behind = [each.date for each in dates if each.state in ("missing", "stale")]
        oldest = (clock.now() - clock.end_of_day(min(behind), self._zone)).total_seconds() if behind else 0.0
        stale = sum(each.state == "stale" for each in dates)
        measure("dates.states", stale=stale, oldest_open_seconds=max(0.0, oldest))

    def _indexed(self, date: dt.date, *, is_released: bool) -> tuple[IndexedDate, dt.datetime | None]:
        """Give the entry of a date and its publication time; the issue, which may be large, is not kept."""
        issue = self._issues.newest(date)
        entry = IndexedDate(
            date=date,
            state=self._inputs.report_state(issue, clock.today(self._zone)),
            issue=issue.number if issue else None,
            records=stored_lines(self._state, date.isoformat()),
            has_page=self._pages.has_page(date),
            provisional_until=provisional_until(issue) if issue else None,
            is_released=is_released,
        )
        is_shown = issue is not None and not issue.is_withdrawal
        return entry, issue.moment.astimezone(dt.UTC) if issue and is_shown else None
