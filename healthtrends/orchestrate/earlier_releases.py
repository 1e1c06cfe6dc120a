"""What was released of days before: the counts that statistics of a release may be made of."""

import datetime as dt
from collections.abc import Mapping

from healthtrends.publish.issue_store import Issues
from healthtrends.release.counts import Key, released_counts


class EarlierReleases:
    """Released counts of the days before a date, read when they are needed."""

    def __init__(self, releases: Issues, date: dt.date) -> None:
        self._releases = releases
        self._date = date
        self._counts: dict[int, Mapping[Key, int | None] | None] = {}

    def count(self, days_ago: int, key: Key) -> int | None:
        """A count as released, 0 where none is listed; None: it is hidden, or nothing was released."""
        if days_ago not in self._counts:
            self._counts[days_ago] = self._read(days_ago)
        counts = self._counts[days_ago]
        return None if counts is None else counts.get(key, 0)

    def _read(self, days_ago: int) -> Mapping[Key, int | None] | None:
        newest = self._releases.newest(self._date - dt.timedelta(days=days_ago))
        if newest is None or newest.is_withdrawal:
            return None
        return released_counts(self._releases.read_reports(newest))
