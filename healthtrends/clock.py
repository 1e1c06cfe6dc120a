"""The only place that asks for the time; it asks the `runtime`, so that tests can set it.

Three times have three names: `visit_date` (event), `run_date` (asked for), `ran_at` (clock).
`HEALTHTRENDS_NOW` (RFC 3339 with offset) pins the wall clock for tests and replays.
"""

import datetime as dt
import difflib
import functools
import os
import zoneinfo

from healthtrends import runtime
from healthtrends.errors import ConfigError

PINNED = "HEALTHTRENDS_NOW"
UTC = "UTC"


def now() -> dt.datetime:
    """Wall clock, UTC, aware. Raises ConfigError for a pinned time that is none."""
    pinned = os.environ.get(PINNED)
    return _parse(pinned) if pinned else wall()


def _parse(pinned: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(pinned)
        if found.tzinfo is not None:
            return found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise ConfigError(
        f"{PINNED} = {pinned!r} is no time",
        "it stands for now, for tests and replays, as RFC 3339 writes a time with its offset",
        f"Write it like 2025-12-24T12:00:00+00:00, or unset {PINNED}.",
    )


def wall() -> dt.datetime:
    """The machine's own clock, UTC, never pinned: for log lines and the age of files."""
    return runtime.current().wall()


def today(zone: str = UTC) -> dt.date:
    """Calendar day at a place: by default in UTC. Raises ConfigError for a zone that does not exist."""
    return now().astimezone(time_zone(zone)).date()


@functools.cache
def time_zone(name: str) -> dt.tzinfo:
    """Find a zone by its IANA name. Raises ConfigError."""
    if name == UTC:
        return dt.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(name, zoneinfo.available_timezones(), 1)
        raise ConfigError(
            f"{name!r} is no time zone",
            f"the nearest is {near[0]}" if near else "",
            "give an IANA name such as Europe/Berlin or UTC",
        ) from None


def end_of_day(date: dt.date, zone: str = UTC) -> dt.datetime:
    """The moment (UTC) at which a calendar day ends at a place."""
    midnight = dt.datetime.combine(date + dt.timedelta(days=1), dt.time(), time_zone(zone))
    return midnight.astimezone(dt.UTC)


def monotonic() -> float:
    """Seconds that never run backwards, for deadlines and durations."""
    return runtime.current().monotonic()


def sleep(seconds: float) -> None:
    """Do nothing for so long."""
    runtime.current().sleep(seconds)


class Deadline:
    """A span of seconds that began when it was made."""

    def __init__(self, seconds: float) -> None:
        self._begin = monotonic()
        self._seconds = seconds

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._seconds - (monotonic() - self._begin))

    def passed(self) -> bool:
        """True once nothing remains."""
        return self.remaining() == 0.0
