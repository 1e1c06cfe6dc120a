"""Edition from a table of the operator, for systems whose tables may not be passed on, such as ICD-10-GM."""

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Mapping
from typing import Final

from healthtrends.errors import ConfigError
from healthtrends.icd.codes import CATEGORY
from healthtrends.icd.edition import Edition, Group, System
from healthtrends.icd.periods import ALWAYS, Period, Periods
from healthtrends.model.rejection import Reason
from healthtrends.model.rules import diagnosis_code

NEEDED: Final = ("code", "title", "chapter", "block")
COLUMNS: Final = (*NEEDED, "valid_from", "valid_to", "billable")
_BILLABLE: Final = {"": None, "0": False, "1": True}
_CHAPTERS: Final = 22


def parse_table(system: System, content: bytes, name: str) -> Edition:
    """Parse the CSV file called `name`; its columns are `COLUMNS`, the last three optional.

    A code may have several lines, one a period. Raises ConfigError.
    """
    categories: dict[str, Group] = {}
    titles: dict[str, str] = {}
    periods: dict[str, list[Period]] = {}
    try:
        lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        if not {*NEEDED} <= {*(lines.fieldnames or ())}:
            raise _invalid(name, f"its first line is {','.join(lines.fieldnames or ())!r}")
        for row in lines:
            place = f"line {lines.line_num}"
            code, group = _code_and_group(row, name, place)
            if categories.setdefault(code[:CATEGORY], group) != group:
                raise _invalid(name, f"{place} puts {code[:CATEGORY]} into a second chapter or block")
            periods.setdefault(code, []).append(_period(row, name, place))
            titles[code] = (row["title"] or "").strip()
    except (UnicodeDecodeError, csv.Error) as error:
        raise _invalid(name, str(error)) from error
    if not periods:
        raise _invalid(name, "it has no code")
    known = {code: title for code, title in titles.items() if title}
    identity = f"{system} {hashlib.sha256(content).hexdigest()[:16]}"
    return Edition(categories, Periods(periods), identity, known)


def _code_and_group(row: Mapping[str, str | None], name: str, place: str) -> tuple[str, Group]:
    code = diagnosis_code((row["code"] or "").strip())
    if isinstance(code, Reason):
        raise _invalid(name, f"{place} has no code of ICD-10")
    chapter, block = ((row[each] or "").strip() for each in ("chapter", "block"))
    number = int(chapter) if chapter.isascii() and chapter.isdigit() else 0
    if not 1 <= number <= _CHAPTERS or not block:
        raise _invalid(name, f"{place} has no chapter, a number of 1 to {_CHAPTERS}, or no block")
    return code, Group(str(number), block)


def _period(row: Mapping[str, str | None], name: str, place: str) -> Period:
    first, last, billable = ((row.get(each) or "").strip() for each in COLUMNS[len(NEEDED) :])
    try:
        start = dt.date.fromisoformat(first) if first else ALWAYS.first
        end = dt.date.fromisoformat(last) if last else ALWAYS.last
    except ValueError as error:
        raise _invalid(name, f"{place} has a day that is none") from error
    if start > end or billable not in _BILLABLE:
        raise _invalid(name, f"{place} ends before it begins, or billable is neither 1, 0 nor empty")
    return Period(start, end, _BILLABLE[billable])


def _invalid(name: str, why: str) -> ConfigError:
    return ConfigError(
        f"{name} is no table of codes",
        why,
        f"it is a CSV file in UTF-8 with the columns {', '.join(NEEDED)}, and valid_from, valid_to "
        "(YYYY-MM-DD) and billable (1 or 0) where they are known; see docs/how-to/icd-10-tables.md",
    )
