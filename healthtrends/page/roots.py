"""Index of the data roots that have pages on this machine."""

from collections.abc import Sequence
from typing import NamedTuple

from healthtrends.page.document import FILE_NAME, WHOLE, document
from healthtrends.page.translations import Translations


class RootLink(NamedTuple):
    """The index of a root."""

    href: str
    name: str
    note: str
    """Its address, when its name is another."""


def render_roots(roots: Sequence[tuple[str, str, str]], translations: Translations) -> bytes:
    """Render the page; of each root its folder, its title (may be empty) and its address."""
    links = [
        RootLink(f"{folder}/{FILE_NAME}", title or address, address if title else "")
        for folder, title, address in roots
    ]
    return document(
        "roots.html",
        translations("roots.title"),
        translations,
        scripts=(),
        data={},
        location=WHOLE,
        roots=links,
    )
