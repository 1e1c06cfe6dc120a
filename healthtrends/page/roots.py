"""The page above the pages of all roots: which there are on this machine, and where."""

from collections.abc import Sequence

from healthtrends.page.document import FILE_NAME, WHOLE, document
from healthtrends.page.markup import el
from healthtrends.page.translations import Translations


def render_roots(roots: Sequence[tuple[str, str, str]], translations: Translations) -> bytes:
    """Give the page; of each root its folder, its title (may be empty) and its address."""
    rows = [
        el("li", el("a", title or address, href=f"{folder}/{FILE_NAME}"), f" - {address}" if title else None)
        for folder, title, address in roots
    ]
    return document(
        translations("roots.title"),
        [
            el(
                "header",
                el("p", translations("brand"), class_="brand"),
                el("h1", translations("roots.title")),
            ),
            el(
                "main",
                el("p", translations("roots.lead"), class_="lead"),
                el("ul", *rows),
                id="content",
                tabindex="-1",
            ),
        ],
        translations,
        scripts=(),
        data={},
        place=WHOLE,
    )
