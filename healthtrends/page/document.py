"""The frame of every page: a whole HTML file that needs no network and no other file.

Nothing in a page runs or loads but its own scripts, named by their digests in its content security policy,
and the list of dates beside the index: a value that slipped through the escaping still could not act. Vega
makes functions of its own expressions; hence 'unsafe-eval'.
"""

import base64
import functools
import hashlib
import importlib.resources
from collections.abc import Sequence

from healthtrends.page.markup import Content, Html, el, embedded, join
from healthtrends.page.words import Words

FILE_NAME = "index.html"


def day_address(date: object) -> str:
    """Address of a date's page from the index; the other way it is `../index.html`."""
    return f"date={date}/{FILE_NAME}"


def document(
    title: str,
    body: Sequence[Content],
    words: Words,
    *,
    scripts: Sequence[str],
    data: object,
    dates: str | None = None,
) -> bytes:
    """Put a file together; the scripts find `data` as JSON in the element of that name.

    `dates` is the address of the file of `page.dates`; without it a page works as well.
    """
    page = el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", http_equiv="Content-Security-Policy", content=_policy(scripts, dates)),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("meta", name="referrer", content="no-referrer"),
            el("title", f"{title} - {words('brand')}"),
            el("style", Html(asset("page.css"))),
        ),
        el(
            "body",
            el("a", words("skip"), href="#content", class_="skip"),
            *body,
            el("script", embedded(data), type="application/json", id="data"),
            el("script", src=dates) if dates else None,
            *(el("script", Html(script)) for script in scripts),
        ),
        lang=words("language"),
        dir=words("direction"),
    )
    return join([Html("<!doctype html>\n"), page, "\n"]).encode()


def scripts_of(*names: str) -> str:
    """Put the pages' own scripts behind each other; each needs those before it."""
    return "\n".join(asset(name) for name in names)


@functools.cache
def asset(name: str) -> str:
    """Read one of the files that go into the pages."""
    return importlib.resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str], dates: str | None) -> str:
    """Only these scripts, no request to anywhere but for `dates`, which lies where the page does."""
    own = "'self' " if dates else ""
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    rules = (
        "default-src 'none'",
        f"script-src {own}{digests} 'unsafe-eval'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
