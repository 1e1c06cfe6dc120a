"""Lines of `quality` that only the log can tell: late records of dates that expired, and keys of pseudonyms.

They stand behind the other lines, and only where there is something to say.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from healthtrends.reports.quality.line import Line
from healthtrends.reports.report import Report
from healthtrends.storage.state import State


def with_log_lines(quality: Report, state: State, date: dt.date) -> Report:
    """Give the report of a date with these lines behind its own."""
    more = [line.row() for line in (*_late(state, date), *_keys(state, date))]
    return replace(quality, rows=(*quality.rows, *more)) if more else quality


def pseudonym_keys(state: State, date: str) -> set[str]:
    """Ids of the keys that made the pseudonyms of a date's records; `none`: of ids as they came."""
    files = state.files.get(date, {}).values()
    return {reading.key_id or "none" for file in files for reading in file.read_as if reading.clock_date}


def _late(state: State, date: dt.date) -> Iterator[Line]:
    """Lines that came on this date for dates whose records had expired: their reports stay without them."""
    came = date.isoformat()
    lines = sum(
        (file.received or {}).get(came, 0)
        for expired in state.expired
        for file in state.files.get(expired, {}).values()
    )
    if lines:
        yield Line("late_for_expired_dates", lines, "lines", 0, "warn")


def _keys(state: State, date: dt.date) -> Iterator[Line]:
    """A person who has records under two keys counts as two."""
    keys = len(pseudonym_keys(state, date.isoformat()))
    if keys > 1:
        yield Line("pseudonym_keys", keys, "keys", 1, "warn")
