"""A report of one date as a value: typed rows, and why numbers are absent in them. CSV is one encoding.

The value travels from its maker to publication, page, exports, comparison and gates. `decode_csv` gives the
same value from the file of an issue that was published before.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from healthtrends.model.csvtext import csv_bytes, csv_rows
from healthtrends.reports.schema import Column, Kind, NullReason, ReportSchema, Row, Value
from healthtrends.reports.suppressed import rounded


@dataclass(frozen=True, slots=True)
class Report:
    """One report of one date."""

    schema: ReportSchema
    rows: Sequence[Row]
    is_fed: bool
    """Whether any record ever came for the date; without, the zeros of fixed rows are no counts."""
    columns: tuple[Column, ...]
    """Those of its rows: all of the schema, or those that an earlier version of the program knew."""

    @property
    def name(self) -> str:
        """Name of the report."""
        return self.schema.name

    @property
    def column_names(self) -> tuple[str, ...]:
        """The header of its file."""
        return tuple(column.name for column in self.columns)

    def csv(self) -> bytes:
        """The file: a header and a line for each row, values as `encode_cell` writes them."""
        return csv_bytes(self.column_names, self.text_rows())

    def text_rows(self) -> Iterator[tuple[str, ...]]:
        """Rows with every value as it is written in the file; the empty text is "not known"."""
        return (tuple(map(encode_cell, row)) for row in self.rows)

    def records(self) -> Iterator[dict[str, Value]]:
        """Rows by column."""
        names = self.column_names
        return (dict(zip(names, row, strict=True)) for row in self.rows)

    def null_reasons(self) -> Iterator[dict[str, NullReason]]:
        """Of each row, why numbers are absent, by column; empty when every number is there."""
        return map(self._null_reasons, self.rows)

    def count_nulls(self) -> Mapping[str, Mapping[str, int]]:
        """How many numbers each column lacks, by reason."""
        counts: dict[str, Counter[str]] = {}
        for reasons in self.null_reasons():
            for column, reason in reasons.items():
                counts.setdefault(column, Counter())[reason.value] += 1
        return {column: dict(sorted(reasons.items())) for column, reasons in counts.items()}

    def _null_reasons(self, row: Row) -> dict[str, NullReason]:
        found: dict[str, NullReason] = {}
        for column, value in zip(self.columns, row, strict=True):
            if column.is_key or column.null_reason is None:
                continue
            if not self.is_fed and not self.schema.counts_without_feed:
                found[column.name] = NullReason.NO_FEED
            elif value is None:
                found[column.name] = column.null_reason
        likes = {each.name: each.null_like for each in self.columns if each.null_like in found}
        return found | {name: found[like] for name, like in likes.items() if name in found}


def make_report(schema: ReportSchema, rows: Sequence[Row], *, is_fed: bool) -> Report:
    """Give a report with all columns of its schema."""
    return Report(schema, tuple(rows), is_fed, schema.columns)


def decode_csv(schema: ReportSchema, content: bytes, *, is_fed: bool) -> Report:
    """Read the file of a report, also one of an earlier version, which lacks columns.

    A column that the schema does not know is text; one of rounded counts it knows by the plain name. Raises
    ValueError for a number that is none.
    """
    header, *lines = csv_rows(content)
    known = {column.name: column for each in schema.columns for column in (each, rounded(each))}
    columns = tuple(known.get(name) or Column(name, "text", "", "", null_reason=None) for name in header)
    rows = [
        tuple(decode_cell(column.kind, text) for column, text in zip(columns, line, strict=True))
        for line in lines
    ]
    return Report(schema, tuple(rows), is_fed, columns)


def encode_cell(value: Value) -> str:
    """Give a value as the file has it: numbers with the fewest digits, the empty text for None.

    A number below 0.0001, as a p value may be, has no exponent either.
    """
    if value is None:
        return ""
    text = repr(value) if isinstance(value, float) else str(value)
    return f"{Decimal(text):f}" if isinstance(value, float) and "e" in text else text


def decode_cell(kind: Kind, text: str) -> Value:
    """Read a value as the file has it. Raises ValueError for a number that is none."""
    if not text:
        return None
    if kind == "whole":
        return int(text)
    return float(text) if kind == "number" else text
