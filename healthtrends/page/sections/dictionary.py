"""The data dictionary: meaning and unit of each column of the reports; the same on all pages."""

from collections.abc import Sequence
from typing import NamedTuple

from healthtrends.page.translations import Translations
from healthtrends.reports.registry import schemas

NOTES = ("empty", "week", "titles")
HEAD = ("column", "name", "meaning", "unit")


class ColumnMeaning(NamedTuple):
    """A column of the reports."""

    title: str
    name: str
    meaning: str
    unit: str


class Dictionary(NamedTuple):
    """The section."""

    notes: Sequence[str]
    head: Sequence[str]
    rows: Sequence[ColumnMeaning]


def dictionary(translations: Translations) -> Dictionary:
    """Make the section: every column once, in the order in which the reports bring them up."""
    return Dictionary(
        [translations(f"dictionary.{note}") for note in NOTES],
        [translations(f"dictionary.{name}") for name in HEAD],
        dictionary_rows(translations),
    )


def dictionary_rows(translations: Translations) -> list[ColumnMeaning]:
    """Every column of the reports."""
    return [
        ColumnMeaning(
            translations.of("column", name),
            name,
            translations.first_of(f"meaning.{name}"),
            translations.first_of(f"unit.{name}"),
        )
        for name in dict.fromkeys(column.name for report in schemas().values() for column in report.columns)
    ]
