"""Dates and times as a program gives them: values of `datetime`, or texts as on the command line."""

import datetime as dt

from healthtrends import clock
from healthtrends.errors import UsageError

Date = dt.date | str
"""A calendar day: a `datetime.date`, or `YYYY-MM-DD`."""
Moment = dt.datetime | dt.date | str
"""A time with a zone, or a date, which stands for its last moment in `source.timezone`."""


def to_date(value: Date) -> dt.date:
    """Give the calendar day. Raises UsageError."""
    if isinstance(value, dt.datetime):
        raise UsageError(f"{value} is a time", "a calendar day is wanted", "take its .date()")
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise UsageError(f"{value!r} is no date", "a date is a real calendar day YYYY-MM-DD", "") from None


def to_range(first: Date, last: Date | None) -> tuple[dt.date, dt.date]:
    """Give both ends of a range, both included; without a `last` it is one day. Raises UsageError."""
    begin = to_date(first)
    end = begin if last is None else to_date(last)
    if begin > end:
        raise UsageError(f"{begin} is after {end}", "a range begins with its first day", "exchange them")
    return begin, end


def to_moment(value: Moment | None, zone: str) -> dt.datetime | None:
    """Give the time. Raises UsageError for one without a zone."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = (
                dt.date.fromisoformat(value)
                if len(value) == len("2025-12-22")
                else dt.datetime.fromisoformat(value)
            )
        except ValueError:
            raise UsageError(
                f"{value!r} is no time", "it is written like 2025-12-23T08:30:00Z, a date like 2025-12-23", ""
            ) from None
    if not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time.max, clock.time_zone(zone))
    if value.tzinfo is None:
        raise UsageError(f"{value} has no zone", "it could be any of two days", "give one with a tzinfo")
    return value
