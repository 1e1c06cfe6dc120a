"""Values that several sections use: a code with its title, columns of counts, a page's title."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from healthtrends.page.translations import Translations


class NamedCode(NamedTuple):
    """A diagnosis code with its title and the address of its curve."""

    code: str
    title: str
    """Empty when nothing is known of the code."""
    language: str | None
    """Of the title, when it is not that of the page."""
    href: str
    revised: str = ""
    """What it was divided from, in words; empty: it was not."""


def named_code(code: str, date: dt.date, translations: Translations, page: str = "") -> NamedCode:
    """Find what is known of a code on a date; its curve is on `page`, empty: on this one."""
    title = translations.title(code)
    foreign = title.language if title and title.language != translations("language") else None
    return NamedCode(
        code,
        title.text if title else "",
        foreign,
        f"{page}#code={quote(code, safe='')}",
        translations.revised(code, date),
    )


def count_text(text: str, translations: Translations) -> str:
    """Group a count of a report by thousands; other cells stay as they are."""
    return translations.number(int(text)) if text.isdigit() else text


def count_columns(head: Sequence[str]) -> str:
    """Classes of a table whose columns hold counts, but for the first: see `.n1` in page.css."""
    return " ".join(f"n{number}" for number in range(2, len(head) + 1))


def titled(title: str, place_name: str) -> str:
    """Title of a page, followed by the place's name when there is one."""
    return f"{title} - {place_name}" if place_name else title
