"""Pieces of markup that several sections use: a section, a table, a code with its title."""

from collections.abc import Collection, Iterable, Sequence
from urllib.parse import quote

from healthtrends.page.markup import Content, Html, el, join
from healthtrends.page.translations import Translations


def section(name: str, heading: str, *content: Content) -> Html:
    """Make a part of the page that can be linked to by its name."""
    return el(
        "section",
        el("h2", heading, id=f"{name}-h"),
        *content,
        id=name,
        aria_labelledby=f"{name}-h",
    )


def table(
    head: Sequence[str], rows: Iterable[Sequence[Content]], label: str, numbers: Collection[int] = ()
) -> Html:
    """Make a table called `label`; the first cell names its row, columns at `numbers` hold numbers.

    The table says which columns those are, not each of their cells: see `.n1` in page.css.
    """
    kinds = " ".join(f"n{place + 1}" for place in numbers)
    return el(
        "div",
        el(
            "table",
            el("thead", el("tr", *(el("th", cell, scope="col") for cell in head))),
            el("tbody", *(_row(*row) for row in rows)),
            aria_label=label,
            class_=kinds or None,
        ),
        class_="wide",
        tabindex="0",
        role="group",
        aria_label=label,
    )


def _row(first: Content, *rest: Content) -> Html:
    return el("tr", el("th", first, scope="row"), *(el("td", cell) for cell in rest))


def named_code(code: str, translations: Translations) -> Html:
    """A code and its title beside it, where there is one."""
    title = translations.title(code)
    foreign = title.language if title and title.language != translations("language") else None
    return join(
        [
            el("b", code),
            el("span", title.text, lang=foreign) if title else None,
        ]
    )


def code_link(code: str) -> str:
    """Address of a code's curve inside a date's page."""
    return f"#code={quote(code, safe='')}"


def folded(summary: str, *content: Content) -> Html:
    """Something to open on demand."""
    return el("details", el("summary", summary), *content)


def place_name_line(name: str) -> Html | None:
    """The place whose records a page shows; nothing when it has no name."""
    return el("p", name, class_="house") if name else None


def titled(title: str, place_name: str) -> str:
    """Title of a page, with the place's name behind it when there is one."""
    return f"{title} - {place_name}" if place_name else title
