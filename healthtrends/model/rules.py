"""Rules for single values, each defined once; the decoder applies them, in batches or one by one.

A rule takes what JSON gave and returns the normalised value, or the `Reason` against it.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from healthtrends.model.record import EARLIEST_VISIT, OLDEST_AGE
from healthtrends.model.rejection import Reason

Rule = Callable[[object], object]

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIAGNOSIS: Final = re.compile(r"([A-Z][0-9][0-9A-Z])(?:\.?([0-9A-Z]{1,4}))?")
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
_LATEST_MS: Final = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z


def text(longest: int) -> Callable[[object], str | Reason]:
    """Return the rule for a string of 1 to `longest` code points."""

    def rule(value: object) -> str | Reason:
        if not isinstance(value, str):
            return Reason.WRONG_TYPE
        # Printable text holds no control character or surrogate, and its only white space is U+0020.
        if value.isprintable() and 0 < len(value) <= longest and value[0] != " " and value[-1] != " ":
            return value
        return _text_problem(value, longest) or value

    return rule


def _text_problem(value: str, longest: int) -> Reason | None:
    # Looking at each character of 100 MB takes eight seconds, so a long text is refused by its length alone.
    if len(value) > longest:
        return Reason.TOO_LONG
    categories = {unicodedata.category(character) for character in value}
    if "Cs" in categories:
        return Reason.LONE_SURROGATE
    if "Cc" in categories:
        return Reason.CONTROL_CHARACTER
    if not value.strip():
        return Reason.BLANK
    if value != value.strip():
        return Reason.OUTER_SPACE
    return None


def age(value: object) -> int | Reason:
    """Whole years, 0 to 130; `true` and 41.0 are not integers."""
    if type(value) is not int:
        return Reason.WRONG_TYPE
    return value if 0 <= value <= OLDEST_AGE else Reason.OUT_OF_RANGE


def one_of(*words: str) -> Callable[[object], str | Reason]:
    """Return the rule for a closed list of words, case-sensitive."""

    def rule(value: object) -> str | Reason:
        if not isinstance(value, str):
            return Reason.WRONG_TYPE
        return value if value in words else Reason.NOT_IN_LIST

    return rule


def diagnosis_code(value: object) -> str | Reason:
    """ICD-10 form: upper case (ASCII only), dot after the third character when longer than three."""
    if not isinstance(value, str):
        return Reason.WRONG_TYPE
    # str.upper would turn U+0131 into I and U+00DF into SS.
    found = _DIAGNOSIS.fullmatch(value.upper()) if value.isascii() else None
    if found is None:
        return Reason.BAD_DIAGNOSIS_CODE
    category, detail = found.groups()
    return f"{category}.{detail}" if detail else category


def visit_date(latest: dt.date) -> Callable[[object], str | Reason]:
    """Return the rule for a calendar day from 1900-01-01 to `latest`, both included."""
    last = latest.isoformat()

    def rule(value: object) -> str | Reason:
        if not isinstance(value, str):
            return Reason.WRONG_TYPE
        if not _is_day(value):
            return Reason.IMPOSSIBLE_DATE
        if value < EARLIEST_VISIT:
            return Reason.DATE_TOO_EARLY
        return value if value <= last else Reason.DATE_IN_FUTURE

    return rule


def _is_day(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def recorded_at(value: object) -> str | Reason:
    """RFC 3339 time with offset, to UTC with at most microseconds; finer digits are cut off.

    A leap second (`:60`) has no place on the calendar used here and is a bad time.
    """
    if not isinstance(value, str):
        return Reason.WRONG_TYPE
    found = _TIME.fullmatch(value)
    if found is None:
        return Reason.BAD_TIME
    day, clock, fraction, sign, hours, minutes = found.groups()
    try:
        local = dt.datetime.fromisoformat(f"{day}T{clock}+00:00")
        if sign:
            if int(hours) > 23 or int(minutes) > 59:
                return Reason.BAD_TIME
            offset = dt.timedelta(hours=int(hours), minutes=int(minutes))
            local = local - offset if sign == "+" else local + offset
    except (ValueError, OverflowError):
        return Reason.BAD_TIME
    return format_time(local, (fraction or "")[:6])


def format_time(moment: dt.datetime, fraction: str = "") -> str:
    """Write a UTC time as `2025-12-22T08:30:00Z`, with the fraction's digits but no trailing zeros."""
    digits = fraction.rstrip("0")
    # strftime("%Y") does not pad years below 1000 everywhere.
    seconds = moment.replace(microsecond=0, tzinfo=None).isoformat()
    return f"{seconds}.{digits}Z" if digits else f"{seconds}Z"


def time_order(time: str) -> str:
    """Key that sorts stored times as times: `...00Z` sorts behind `...00.5Z` as text, without the Z not."""
    return time[:-1]


def broker_time(milliseconds: int) -> str:
    """Write a broker timestamp (ms since 1970, UTC) as a stored time.

    Negative is not known and taken as 0. Any sender may set it: beyond the year 9999 it is taken as its end.
    """
    seconds, rest = divmod(min(max(0, milliseconds), _LATEST_MS), 1000)
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    return format_time(moment, f"{rest:03d}")
