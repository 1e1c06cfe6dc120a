"""Times of HL7v2: `YYYY[MM[DD[HH[MM[SS[.S...]]]]]][+/-ZZZZ]`.

The calendar day is the one that the sender wrote; a time without an offset is in the zone of the setting.
"""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from healthtrends.formats.hl7v2.refusal import Refusal
from healthtrends.formats.hl7v2.segments import DELETED, Separators, component
from healthtrends.model.facts import Stamp
from healthtrends.model.record import EARLIEST_VISIT
from healthtrends.model.rejection import Reason

_TIME: Final = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:\.([0-9]+))?)?)?)?)?)?"
    r"([+-][0-9]{4})?"
)
_MINUTE: Final = len("202512220830")
_SECONDS: Final = {"": ":00.000000Z"} | {f"{n:02d}": f":{n:02d}.000000Z" for n in range(60)}
"""How a stamp ends, by the digits behind the minute."""
_OFFSET: Final = len("+0000")
_SIGNS: Final = ("+", "-")
_FIRST_DAY: Final = "YYYY-01-01"
# Hostile input must not grow the caches.
_MOST_CACHED: Final = 100_000


class Times:
    """Reads times in one zone, under one clock date."""

    def __init__(self, zone: str, latest: dt.date) -> None:
        """Times without an offset are in `zone`; a day after `latest` is in the future."""
        self._zone = ZoneInfo(zone)
        self._latest = latest.isoformat()
        self._minutes: dict[tuple[str, str], tuple[str, str]] = {}
        """UTC minute and local day, by the first twelve digits and the offset."""
        self._visits: dict[str, Stamp] = {}
        """Times of visits, by the text of their field."""

    def stamp(self, text: str) -> Stamp | Reason:
        """Time and local day; a year or a month is no day, and a bad time."""
        end = len(text) - _OFFSET if text[-_OFFSET : 1 - _OFFSET] in _SIGNS else len(text)
        known = self._minutes.get((text[:_MINUTE], text[end:]))
        if known is not None and (seconds := _SECONDS.get(text[_MINUTE:end])) is not None:
            return Stamp(known[0] + seconds, known[1])
        found = _TIME.fullmatch(text)
        if found is None or found[3] is None:
            return Reason.HL7_BAD_TIME
        return self._work_out(text, found)

    def visit_time(self, field: str, separators: Separators) -> Stamp | Reason | None:
        """Time in a field whose day can be one of a visit, or why it cannot; None: the field has none."""
        found = self._visits.get(field)
        if found is not None or not field:
            return found
        text = component(field, 1, separators)
        if text in ("", DELETED):
            return None
        read = self.stamp(text)
        if isinstance(read, Reason):
            return read
        if read.day < EARLIEST_VISIT:
            return Reason.DATE_TOO_EARLY
        if read.day > self._latest:
            return Reason.DATE_IN_FUTURE
        if text == field:
            if len(self._visits) >= _MOST_CACHED:
                self._visits.clear()
            self._visits[field] = read
        return read

    def earliest(self, fields: Iterable[str], separators: Separators) -> Stamp | None:
        """The earliest time in fields that can be read and can be a visit's day."""
        known = self._visits.get
        found: Stamp | None = None
        for field in fields:
            stamp = (known(field) or self.visit_time(field, separators)) if field else None
            if isinstance(stamp, Stamp) and (found is None or stamp.at < found.at):
                found = stamp
        return found

    def visit_stamp(self, field: str, separators: Separators, place: str) -> Stamp | None:
        """As `visit_time`. Raises Refusal."""
        found = self.visit_time(field, separators)
        if isinstance(found, Reason):
            raise Refusal(found, place)
        return found

    def checked(self, text: str, place: str) -> Stamp:
        """As `stamp`. Raises Refusal."""
        found = self.stamp(text)
        if isinstance(found, Reason):
            raise Refusal(found, place)
        return found

    def birth_date(self, text: str, place: str) -> str:
        """Date of birth YYYY, YYYY-MM or YYYY-MM-DD, without a time of day. Raises Refusal."""
        found = _TIME.fullmatch(text)
        if found is None:
            raise Refusal(Reason.HL7_BAD_TIME, place)
        date = "-".join(filter(None, found.group(1, 2, 3)))
        try:
            dt.date.fromisoformat(f"{date}{_FIRST_DAY[len(date) :]}")
        except ValueError:
            raise Refusal(Reason.HL7_BAD_TIME, place) from None
        if date > self._latest:
            raise Refusal(Reason.DATE_IN_FUTURE, place)
        return date

    def _work_out(self, text: str, found: re.Match[str]) -> Stamp | Reason:
        year, month, day, hour, minute, second, fraction, offset = found.groups()
        try:
            local = dt.datetime(
                int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59),
                tzinfo=self._zone if offset is None else _offset(offset),
            )  # fmt: skip
            moment = local.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            return Reason.HL7_BAD_TIME
        written = moment.isoformat()[: len("2025-12-22T08:30:15")]
        local_day = f"{year}-{month}-{day}"
        if minute is not None and len(self._minutes) < _MOST_CACHED:
            self._minutes[text[:_MINUTE], offset or ""] = written[:-3], local_day
        return Stamp(f"{written}.{(fraction or '')[:6]:<06}Z", local_day)


def _offset(text: str) -> dt.timezone:
    hours, minutes = int(text[1:3]), int(text[3:5])
    if minutes >= 60:
        raise ValueError(text)
    delta = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-delta if text[0] == "-" else delta)
