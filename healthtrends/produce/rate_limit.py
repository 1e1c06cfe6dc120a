"""Rate limit for sending, so that a stream can be tried at its real speed."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from healthtrends import clock

T = TypeVar("T")


def limit_rate(records: Iterable[T], per_second: float) -> Iterator[T]:
    """Yield `records`, at no time more than `per_second` (above 0) times the seconds since the first."""
    begin = clock.monotonic()
    for count, record in enumerate(records):
        lead_seconds = count / per_second - (clock.monotonic() - begin)
        if lead_seconds > 0:
            clock.sleep(lead_seconds)
        yield record
