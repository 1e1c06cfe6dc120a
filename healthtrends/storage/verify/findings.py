"""Findings of the checks: one when a check passes, or one for each fault with file, date and repair."""

import datetime as dt
from typing import TypedDict

from healthtrends.errors import DamageFound

Days = tuple[dt.date, dt.date] | frozenset[str]
"""First and last visit date, both included; or certain dates."""


class Finding(TypedDict):
    """One line of a check."""

    check: str
    ok: bool
    detail: str
    """What was looked at, or what is wrong."""
    file: str | None
    """Path of what is wrong; None: all is well, or it is no file."""
    date: str | None
    """Its visit date; of rejects the day of ingest."""
    repair: str | None
    """What to do; None: all is well."""


def passed(check: str, detail: str) -> Finding:
    """All is well."""
    return Finding(check=check, ok=True, detail=detail, file=None, date=None, repair=None)


def failed(check: str, detail: str, repair: str, file: str | None = None, date: str | None = None) -> Finding:
    """One fault; the detail is put behind the file and its date."""
    where = f" (date {date})" if date else ""
    detail = f"{file}{where}: {detail}" if file else detail
    return Finding(check=check, ok=False, detail=detail, file=file, date=date, repair=repair)


def unreadable_state(check: str, damage: DamageFound) -> Finding:
    """Finding for a file of the log that could not be read."""
    return failed(check, str(damage), damage.next_step)


def is_selected(day: str, days: Days | None) -> bool:
    """Whether a date is among those to be checked; None: all are."""
    if days is None or isinstance(days, frozenset):
        return days is None or day in days
    return days[0].isoformat() <= day <= days[1].isoformat()


def restage_command(path: str) -> str:
    """Command that makes a file again."""
    return f"healthtrends ingest --restage {path}"
