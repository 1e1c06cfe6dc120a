"""Why a number is not there. Zero is a number; these are what it must not be taken for.

The columns of the CSV files are fixed, so a reason stands beside them: in `_meta.json`, as counts by
column, and in every row of the exports. A number that is there but may still grow is told by the state of
its whole table (`provisional`), not by a reason.
"""

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from healthtrends.model.dictionary import DICTIONARY
from healthtrends.model.report import Row


class Missing(enum.StrEnum):
    """Reason of an absent number."""

    NO_FEED = "no_feed"
    """No record ever came for the date or dates that it needs."""
    UNDEFINED = "undefined"
    """A quotient of nothing: a share or mean over no patient."""
    HIDDEN = "hidden"
    """Withheld, because it could point to a person."""


# Columns that need dates before the report's own; all other empty cells are quotients of nothing.
_OF_OTHER_DATES: Final = frozenset({"previous_day", "average_7_days", "average_same_weekday", "patients"})
_NO_NUMBERS: Final = frozenset({"threshold"})
# A change against an average that is itself not known is not known for the same reason.
_CHANGES: Final = {"change_vs_7_days": "average_7_days", "change_vs_same_weekday": "average_same_weekday"}


def missing(report: str, row: Mapping[str, str], *, fed: bool) -> dict[str, Missing]:
    """Reasons by column for one row of a report, given by column; empty when every number is there.

    `fed` is whether any record came for the date. Without, the zeros of fixed rows are no counts; those of
    `quality` are, as they say what came.
    """
    found: dict[str, Missing] = {}
    for column in DICTIONARY[report]:
        if column.is_key or column.name in _NO_NUMBERS or column.name not in row:
            continue
        if not fed and report != "quality":
            found[column.name] = Missing.NO_FEED
        elif not row[column.name]:
            found[column.name] = Missing.NO_FEED if column.name in _OF_OTHER_DATES else Missing.UNDEFINED
    return found | {change: found[of] for change, of in _CHANGES.items() if change in found and of in found}


def count_missing(
    report: str, header: Row, rows: Iterable[Row], *, fed: bool
) -> Mapping[str, Mapping[str, int]]:
    """How many numbers each column lacks, by reason."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        for column, reason in missing(report, dict(zip(header, row, strict=True)), fed=fed).items():
            counts.setdefault(column, Counter())[reason.value] += 1
    return {column: dict(sorted(reasons.items())) for column, reasons in counts.items()}
