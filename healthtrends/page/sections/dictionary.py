"""How to read the numbers: what each column of the reports means, and its unit; the same on all pages."""

from healthtrends.page.components import table
from healthtrends.page.markup import Content, Html, el, join
from healthtrends.page.translations import Translations
from healthtrends.reports.registry import schemas

NOTES = ("empty", "week", "titles")
HEAD = ("column", "name", "meaning", "unit")


def dictionary_rows(translations: Translations) -> list[tuple[str, str, str, str]]:
    """Title, name, meaning and unit of every column."""
    return [
        (
            translations.of("column", name),
            name,
            translations.first_of(f"meaning.{name}"),
            translations.first_of(f"unit.{name}"),
        )
        for name in dict.fromkeys(column.name for report in schemas().values() for column in report.columns)
    ]


def dictionary(translations: Translations) -> Html:
    """Every column once, in the order in which the reports bring them up."""
    head = [translations(f"dictionary.{name}") for name in HEAD]
    rows: list[list[Content]] = [
        [title, el("code", name), *told] for title, name, *told in dictionary_rows(translations)
    ]
    notes = (el("p", translations(f"dictionary.{note}"), class_="lead") for note in NOTES)
    return join([*notes, table(head, rows, translations("dictionary.heading"))])
