"""Dates and times of FHIR: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or a time with its offset.

The calendar day is the one that the sender wrote: it is not moved by its offset. A time without an offset is
in the zone of the setting. A feed has few days, hours and offsets, and each combination is worked out once.
"""

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

from healthtrends.model import rules
from healthtrends.model.facts import Stamp
from healthtrends.model.record import EARLIEST_VISIT
from healthtrends.model.rejection import Reason

# Hostile input must not grow the caches.
_MOST_CACHED: Final = 100_000
_PARTIAL: Final = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2]))?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOUR: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}")
_TAIL: Final = re.compile(r"(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2}|)")
# Minute and second. FHIR allows a leap second, which the calendar used here does not have.
CLOCK: Final = {
    f":{minute:02}:{second:02}": f":{minute:02}:{min(second, 59):02}"
    for minute in range(60)
    for second in range(61)
}
_HOUR_LENGTH: Final = len("2025-12-22T08")
_SECOND_LENGTH: Final = len("2025-12-22T08:30:00")


class Times:
    """Reads times in one zone, under one clock date."""

    def __init__(self, zone: str, latest: dt.date) -> None:
        """Times without an offset are in `zone`; a day after `latest` is in the future."""
        self._zone = ZoneInfo(zone)
        self.latest = latest.isoformat()
        """Last day that can be that of a visit."""
        self._hours: dict[tuple[str, str], str] = {}
        """UTC hour by local hour and offset, where the offset is whole hours."""
        self._tails: dict[str, tuple[str, str]] = {}
        """Six digits of fraction, and the offset, by what follows the seconds."""
        self._days: dict[str, Stamp] = {}
        """Stamps of days without a time."""
        self._broker = -1, ""

    def broker(self, milliseconds: int) -> str:
        """The broker's time in the form of a fact."""
        if self._broker[0] != milliseconds:
            written = rules.broker_time(milliseconds)
            whole, _, fraction = written[:-1].partition(".")
            self._broker = milliseconds, f"{whole}.{fraction:<06}Z"
        return self._broker[1]

    def instant(self, text: str) -> str | Reason:
        """UTC time with six digits of a time to the second."""
        known = self.known_instant(text)
        if known is not None:
            return known
        found = _TAIL.fullmatch(text[_SECOND_LENGTH:])
        clock = CLOCK.get(text[_HOUR_LENGTH:_SECOND_LENGTH])
        if found is None or clock is None or not _HOUR.fullmatch(text[:_HOUR_LENGTH]):
            return Reason.BAD_TIME
        parts = f"{(found[1] or '')[:6]:<06}", found[2]
        if len(self._tails) < _MOST_CACHED:
            self._tails[found[0]] = parts
        return self._work_out(text[:_HOUR_LENGTH], clock, *parts)

    def known_instant(self, text: str) -> str | None:
        """The same of a time whose hour and offset were worked out before; None: they were not."""
        try:
            fraction, offset = self._tails[text[_SECOND_LENGTH:]]
            hour = self._hours[text[:_HOUR_LENGTH], offset]
            return f"{hour}{CLOCK[text[_HOUR_LENGTH:_SECOND_LENGTH]]}.{fraction}Z"
        except KeyError:
            return None

    def stamp(self, text: str) -> Stamp | Reason | None:
        """Time and local day; None for a year or a month, which is no day."""
        known = self.known_stamp(text)
        if known is not None:
            return known
        if len(text) < len("2025-12-22"):
            return None if _PARTIAL.fullmatch(text) else Reason.IMPOSSIBLE_DATE
        day = text[:10]
        if not is_day(day):
            return Reason.IMPOSSIBLE_DATE
        if len(text) > len(day):
            at = self.instant(_with_seconds(text))
            return at if isinstance(at, Reason) else Stamp(at, day)
        at = self._work_out(f"{day}T00", ":00:00", "000000", "")
        if isinstance(at, Reason):
            return at
        found = Stamp(at, day)
        if len(self._days) < _MOST_CACHED:
            self._days[text] = found
        return found

    def known_stamp(self, text: str) -> Stamp | None:
        """The same of a day, or an hour and offset, that was worked out before; None: it was not."""
        # As above, and not by a call: this is done for each condition, and a call costs half as much.
        try:
            fraction, offset = self._tails[text[_SECOND_LENGTH:]]
            hour = self._hours[text[:_HOUR_LENGTH], offset]
            clock = CLOCK[text[_HOUR_LENGTH:_SECOND_LENGTH]]
        except KeyError:
            return self._days.get(text)
        return Stamp(f"{hour}{clock}.{fraction}Z", text[:10])

    def check_range(self, day: str) -> Reason | None:
        """Why a day cannot be that of a visit."""
        if day < EARLIEST_VISIT:
            return Reason.DATE_TOO_EARLY
        return Reason.DATE_IN_FUTURE if day > self.latest else None

    def birth_date(self, text: str) -> str | Reason:
        """A date of birth, of a day, a month or a year."""
        if not (is_day(text) or _PARTIAL.fullmatch(text)) or text.startswith("0000"):
            return Reason.IMPOSSIBLE_DATE
        return Reason.DATE_IN_FUTURE if text > self.latest else text

    def _work_out(self, hour: str, clock: str, fraction: str, offset: str) -> str | Reason:
        try:
            local = dt.datetime.fromisoformat(f"{hour}{clock}{offset}")
            if local.tzinfo is None:
                local = local.replace(tzinfo=self._zone)
            moment = local.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            return Reason.BAD_TIME
        written = moment.isoformat()[:_SECOND_LENGTH]
        # A zone may change its offset within the hour; a written offset does not.
        if offset and written[_HOUR_LENGTH:] == clock and len(self._hours) < _MOST_CACHED:
            self._hours[hour, offset] = written[:_HOUR_LENGTH]
        return f"{written}.{fraction}Z"


def is_day(text: str) -> bool:
    """Whether it is a real calendar day YYYY-MM-DD."""
    if not _DAY.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _with_seconds(text: str) -> str:
    """The same with `:00` where the seconds are left out, as some senders do."""
    minutes = len("2025-12-22T08:30")
    return text if text[minutes : minutes + 1] == ":" else f"{text[:minutes]}:00{text[minutes:]}"
