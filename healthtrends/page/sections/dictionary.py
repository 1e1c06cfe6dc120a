"""How to read the numbers: what each column of the reports means, and its unit; the same on all pages."""

from healthtrends.page.markup import Content, Html, el, join
from healthtrends.page.parts import table
from healthtrends.page.words import Words
from healthtrends.reports.registry import schemas

NOTES = ("empty", "week", "titles")
HEAD = ("column", "name", "meaning", "unit")


def dictionary_rows(words: Words) -> list[tuple[str, str, str, str]]:
    """Title, name, meaning and unit of every column."""
    return [
        (words.of("column", name), name, words.known(f"meaning.{name}"), words.known(f"unit.{name}"))
        for name in dict.fromkeys(column.name for report in schemas().values() for column in report.columns)
    ]


def dictionary(words: Words) -> Html:
    """Every column once, in the order in which the reports bring them up."""
    head = [words(f"dictionary.{name}") for name in HEAD]
    rows: list[list[Content]] = [
        [title, el("code", name), *told] for title, name, *told in dictionary_rows(words)
    ]
    notes = (el("p", words(f"dictionary.{note}"), class_="lead") for note in NOTES)
    return join([*notes, table(head, rows, words("dictionary.heading"))])
