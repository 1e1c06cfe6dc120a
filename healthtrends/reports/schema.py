"""What a report is: its columns (the data dictionary), its order, the days it reads, and its maker.

Column names, JSON Schema, data package, Parquet types, CLI choices and docs/reference/reports.md are all
derived from `ReportSchema`.
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import Relations

Kind = Literal["text", "whole", "number"]

Value = str | int | float | None
"""One cell: None where no number or text is known."""

Row = tuple[Value, ...]
"""One line of a report, in the order of its columns."""


class NullReason(enum.StrEnum):
    """Why a number is absent. Zero is a number; these are what it must not be taken for."""

    NO_FEED = "no_feed"
    """No record ever came for the date or dates that it needs."""
    UNDEFINED = "undefined"
    """A quotient of nothing: a share or mean over no patient."""
    HIDDEN = "hidden"
    """Withheld, because it could point to a person."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a report."""

    name: str
    kind: Kind
    """text; whole: a count, 0 or more; number: any."""
    unit: str
    """What one of it is; empty for text."""
    meaning: str
    is_key: bool = False
    """Whether it is part of what tells the rows of the report apart."""
    null_reason: NullReason | None = NullReason.UNDEFINED
    """Why a cell of it is empty; None: an empty cell lacks nothing."""
    null_like: str = ""
    """Column whose reason is taken instead when that cell is empty too: a change is not known where the
    average that it is against is not."""
    may_be_number: bool = False
    """Text that holds a number where the row's metric is one."""


@dataclass(frozen=True, slots=True)
class ReportSchema:
    """One report: what its file holds, what it is made from, and how."""

    name: str
    columns: tuple[Column, ...]
    rows: str
    """Which rows it has, in which order: a sentence for the documentation."""
    make: Callable[[ReportContext], Sequence[Row]] = field(repr=False)
    days_read: tuple[int, ...] = ()
    """How many days before its date the days lie that it reads too; a late record there makes it stale."""
    patients_read: tuple[int, ...] = ()
    """Those of `days_read` whose patients by code it needs (`PriorDays.patients`)."""
    counts_without_feed: bool = False
    """Whether its zeros are counts even when no record ever came for the date."""
    relations: Relations | None = None
    """What its numbers count, and how they hang together; without, it is not released."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """The header of its file."""
        return tuple(column.name for column in self.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that tell its rows apart."""
        return tuple(column.name for column in self.columns if column.is_key)
