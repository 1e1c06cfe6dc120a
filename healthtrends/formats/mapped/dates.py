"""Dates and times of other tables, read by the format that the mapping names."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Final

from healthtrends.errors import ConfigError
from healthtrends.model import rules
from healthtrends.model.rejection import Reason

Reading = Callable[[str], str | Reason]

_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ISO_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,+\-Zz ]+", re.ASCII)
_PARTIAL: Final = re.compile(r"[0-9]{4}(-[0-9]{2})?", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_UNIX: Final = {"unix": 1.0, "unix_ms": 1000.0, "unix_days": 1 / 86_400}
"""Units a second of the formats that count from 1970."""
_SAMPLE: Final = dt.datetime(2001, 12, 25, 16, 45, 50, tzinfo=dt.UTC)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def day_reading(form: str, zone: dt.tzinfo) -> Reading:
    """Return the function from a text to its calendar day YYYY-MM-DD.

    The day is that of the text itself; one counted from 1970 is the day in `zone`.
    """

    def read(given: str) -> str | Reason:
        if not form and _ISO_DAY.fullmatch(given):
            return given
        moment = _moment(given, form, zone)
        return moment if isinstance(moment, Reason) else moment.date().isoformat()

    return read


def birth_reading(form: str, zone: dt.tzinfo) -> Reading:
    """Return the function from a text to a date of birth: YYYY-MM-DD, YYYY-MM or YYYY."""
    length = _birth_length(form)
    read_day = day_reading(form, zone)

    def read(given: str) -> str | Reason:
        if not form and _PARTIAL.fullmatch(given):
            whole = read_day(f"{given}-01-01" if len(given) == len("1988") else f"{given}-01")
            return whole if isinstance(whole, Reason) or not _is_real(whole) else given
        day = read_day(given)
        if isinstance(day, Reason):
            return day
        return day[:length] if _is_real(day) else Reason.IMPOSSIBLE_DATE

    return read


def time_reading(form: str, zone: dt.tzinfo) -> Reading:
    """Return the function from a text to a time with offset; one without an offset is read in `zone`."""

    def read(given: str) -> str | Reason:
        if not form and not isinstance(rules.recorded_at(given), Reason):
            return given
        moment = _moment(given, form, zone)
        if isinstance(moment, Reason):
            return Reason.BAD_TIME
        try:
            utc = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            return Reason.BAD_TIME
        return rules.format_time(utc, f"{utc.microsecond:06d}")

    return read


def check_format(key: str, form: str, *, needs_day: bool) -> None:
    """Raise ConfigError for a format that no date can be read by."""
    if not form or form in _UNIX:
        return
    try:
        found = dt.datetime.strptime(_SAMPLE.strftime(form), form)  # noqa: DTZ007  only its day is looked at
    except ValueError as error:
        raise _no_format(key, form, "Python's strptime cannot read it") from error
    if found.year != _SAMPLE.year or (needs_day and found.date() != _SAMPLE.date()):
        raise _no_format(key, form, "it leaves the day open" if needs_day else "it leaves the year open")


def _no_format(key: str, form: str, why: str) -> ConfigError:
    return ConfigError(
        f"{key} = {form!r} is no format of a date", why, f"write one such as %d.%m.%Y, or {', '.join(_UNIX)}"
    )


def _birth_length(form: str) -> int:
    if not form or form in _UNIX or re.search("%[djxcD]", form):
        return len("1988-08-18")
    return len("1988-08") if re.search("%[mbB]", form) else len("1988")


def _moment(given: str, form: str, zone: dt.tzinfo) -> dt.datetime | Reason:
    try:
        if form in _UNIX:
            return _counted(given, form, zone) if _NUMBER.fullmatch(given) else Reason.IMPOSSIBLE_DATE
        if form:
            return dt.datetime.strptime(given, form)  # noqa: DTZ007  the caller knows the zone
        if _ISO_TIME.fullmatch(given):
            return dt.datetime.fromisoformat(given)
    except (ValueError, OverflowError):
        pass
    return Reason.IMPOSSIBLE_DATE


def _counted(given: str, form: str, zone: dt.tzinfo) -> dt.datetime:
    moment = _EPOCH + dt.timedelta(seconds=float(given) / _UNIX[form])
    # A count of days names a day by itself, in whatever zone.
    return moment if form == "unix_days" else moment.astimezone(zone)


def _is_real(day: str) -> bool:
    try:
        dt.date.fromisoformat(day)
    except ValueError:
        return False
    return True
