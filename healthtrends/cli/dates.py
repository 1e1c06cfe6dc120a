"""Dates on the command line, checked before anything starts."""

import datetime as dt
import re

import click
from click.shell_completion import CompletionItem

from healthtrends import clock
from healthtrends.config import Settings
from healthtrends.errors import UsageError

EARLIEST = dt.date(1900, 1, 1)
_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


LATEST = dt.date.min
"""Stands for `latest` until the log can be asked; no visit is that early."""
_TODAY, _YESTERDAY = (LATEST + dt.timedelta(days=n) for n in (1, 2))
"""Stand for these days until the settings say in which zone."""


class Day(click.ParamType[dt.date]):
    """A real calendar day, not before 1900-01-01; `today` and `yesterday` are those of `source.timezone`.

    With `latest` that word is accepted too, and gives `LATEST`.
    """

    name = "date"

    def __init__(self, *, latest: bool = False) -> None:
        self._words = {"today": _TODAY, "yesterday": _YESTERDAY} | ({"latest": LATEST} if latest else {})

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the words; a date is typed."""
        del ctx, param
        return [CompletionItem(word) for word in self._words if word.startswith(incomplete)]

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Turn text into a date, or end the command with the rule."""
        if isinstance(value, dt.date):
            return value
        text = str(value)
        if text in self._words:
            return self._words[text]
        try:
            day = dt.date.fromisoformat(text) if _FORM.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or day < EARLIEST:
            words = " or ".join(self._words)
            self.fail(
                f"{text!r}: a date is a real calendar day YYYY-MM-DD, not before {EARLIEST}, or {words}.",
                param,
                ctx,
            )
        return day


class Moment(click.ParamType[dt.datetime]):
    """A time with offset as RFC 3339 writes it, or a date, which stands for its last moment at the place."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        """Turn text into a time in UTC, of a date without a zone, or end the command with the rule."""
        if isinstance(value, dt.datetime):
            return value
        text = str(value)
        try:
            if _FORM.fullmatch(text):
                return dt.datetime.combine(dt.date.fromisoformat(text), dt.time.max)
            time = dt.datetime.fromisoformat(text)
        except ValueError:
            time = None
        if time is None or time.tzinfo is None or text[10:11] not in ("T", "t"):
            self.fail(
                f"{text!r}: a time is written like 2025-12-23T08:30:00Z or 2025-12-23T09:30:00+01:00, "
                "a date like 2025-12-23.",
                param,
                ctx,
            )
        return time.astimezone(dt.UTC)


def waits_for_zone(value: object) -> bool:
    """Whether a value of a command line is a day or a time only once a zone is known."""
    return value in (_TODAY, _YESTERDAY) or (isinstance(value, dt.datetime) and value.tzinfo is None)


def in_zone(value: object, zone: str) -> object:
    """The day or the time that such a value means in a zone."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=clock.time_zone(zone)).astimezone(dt.UTC)
    return clock.today(zone) - dt.timedelta(days=value == _YESTERDAY)


def days(
    single: dt.date | None, first: dt.date | None, last: dt.date | None, settings: Settings
) -> list[dt.date]:
    """Every day asked for, in order: `single`, or `first` to `last`. Raises UsageError with the rule."""
    if single is not None and (first or last):
        raise UsageError("both DATE and --from/--to are given", "they say the same", "Give one of the two.")
    if single is None and not (first and last):
        raise UsageError(
            "no date is given",
            "one DATE, or a range with both --from and --to, says which days",
            "For example: 2025-12-22, or --from 2025-12-01 --to 2025-12-22.",
        )
    begin, end = first or single, last or single
    if begin is None or end is None:  # pragma: no cover  the two checks above leave no such case
        raise UsageError("no date is given")
    if begin == LATEST:
        return [LATEST]
    check_order(begin, end)
    check_not_future(end, settings)
    return [begin + dt.timedelta(days=n) for n in range((end - begin).days + 1)]


def check_order(first: dt.date, last: dt.date) -> None:
    """Refuse a range that ends before it begins."""
    if first > last:
        raise UsageError(
            f"--from {first} is after --to {last}",
            "a range begins with its first day and includes both ends",
            "Exchange the two dates.",
        )


def check_not_future(day: dt.date, settings: Settings) -> None:
    """Refuse a day for which no record can be valid yet."""
    zone, future_days = settings.source.timezone, settings.ingest.future_days
    latest = clock.today(zone) + dt.timedelta(days=future_days)
    if day > latest:
        raise UsageError(
            f"{day} lies in the future",
            f"the latest possible visit date is {latest}: today ({zone}) and ingest.future_days = "
            f"{future_days}",
            "Give an earlier date.",
        )
