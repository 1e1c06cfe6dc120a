"""Which dates and issues an erasure touches, by the log alone: it names dates, and nobody."""

import datetime as dt
from collections.abc import Iterable

from healthtrends.orchestrate.input_digests import days_before
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.registry import longest_look_back
from healthtrends.storage.state import State


def erased_since(state: State, date: dt.date) -> int:
    """Number of the newest erasure from a date, or from a day before it that its reports tell of; 0: none."""
    if not state.erased:
        return 0
    days = (date, *days_before(date, longest_look_back()))
    return max(state.erased.get(day.isoformat(), 0) for day in days)


def newest_tainted(issues: Issues, state: State, date: dt.date) -> int:
    """Number of the newest issue of a date that tells of somebody who was erased since; 0: none does."""
    since = erased_since(state, date)
    if not since:
        return 0
    return max((issue.number for issue in issues.kept(date) if issue.source.seq < since), default=0)


def touched_by(dates: Iterable[dt.date]) -> set[dt.date]:
    """Dates whose reports tell of one of these: themselves, and those after them that look back."""
    return {date + dt.timedelta(days=back) for date in dates for back in range(longest_look_back() + 1)}
