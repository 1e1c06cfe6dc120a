"""The rows of a report as values instead of text, each with the reasons of what is missing in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from healthtrends.model.csvtext import csv_rows
from healthtrends.model.dictionary import DICTIONARY, Kind
from healthtrends.model.missing import missing

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class TypedRow:
    """One row of a report."""

    values: Mapping[str, Value]
    """By column; None where there is no number or text."""
    missing: Mapping[str, str]
    """Why, by column; only of numbers, as a text that is empty lacks nothing."""


def typed_rows(report: str, content: bytes, *, fed: bool) -> Iterator[TypedRow]:
    """Read the CSV of a report; `fed` is whether any record came for its date.

    Without, the fixed rows of the reports hold no counts, though the CSV says 0 in them. A column that the
    CSV of an earlier version lacks is None.
    """
    kinds = {column.name: column.kind for column in DICTIONARY[report]}
    header, *rows = csv_rows(content)
    for row in rows:
        named = dict(zip(header, row, strict=True))
        reasons = {name: reason.value for name, reason in missing(report, named, fed=fed).items()}
        values = {
            name: None if name in reasons else _value(kind, named.get(name, ""))
            for name, kind in kinds.items()
        }
        yield TypedRow(values, reasons)


def _value(kind: Kind, text: str) -> Value:
    if not text:
        return None
    if kind == "whole":
        return int(text)
    return float(text) if kind == "number" else text
