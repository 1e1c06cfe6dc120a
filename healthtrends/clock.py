"""The only place that asks for the time; it asks the `runtime`, so that tests can set it.

Three times have three names: `visit_date` (event), `run_date` (asked for), `ran_at` (clock).
`HEALTHTRENDS_NOW` (RFC 3339 with offset) pins the wall clock for tests and replays.
"""

import datetime as dt
import os

from healthtrends import runtime
from healthtrends.errors import ConfigError

PINNED = "HEALTHTRENDS_NOW"


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


def today() -> dt.date:
    """Calendar day in UTC."""
    return now().date()


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
