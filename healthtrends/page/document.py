"""The frame of every page: an HTML file that needs no network, with its scripts beside the index or inside.

Nothing in a page runs or loads but the scripts of its own folder; in a whole file, which may be mailed, only
those inside, named by their digests in its content security policy. So a value that slipped through the
escaping still could not act. Vega makes functions of its own expressions; hence 'unsafe-eval'.
"""

import base64
import functools
import hashlib
import importlib.resources
from collections.abc import Sequence
from typing import NamedTuple

from healthtrends.page.dates import DATES_NAME
from healthtrends.page.packing import packed
from healthtrends.page.templating import render
from healthtrends.page.translations import Translations

FILE_NAME = "index.html"
ASSETS = "assets"
"""Folder beside the index with the files that all pages share."""


def day_address(date: object) -> str:
    """Address of a date's page from the index; the other way it is `../index.html`."""
    return f"date={date}/{FILE_NAME}"


class Asset(NamedTuple):
    """A script or style sheet that many pages share."""

    name: str
    content: str

    @property
    def path(self) -> str:
        """Address from the index: named by its content, so that no page gets another version's."""
        stem, _, kind = self.name.rpartition(".")
        return f"{ASSETS}/{stem}-{_sha256(self.content).hex()[:12]}.{kind}"


class PageLocation(NamedTuple):
    """Where a page lies: the way to the index, and whether scripts and styles lie beside that."""

    up: str
    """From the page to the folder of the index: empty, or `../`."""
    is_whole: bool = False
    """True: everything is in the page, which may lie anywhere."""
    has_dates: bool = False
    """Whether it reads the file of `page.dates`, which lies beside the index."""
    zone: str = "UTC"
    """Zone of the place that the page tells of, in which its days end."""


INDEX, DAY, WHOLE = PageLocation(""), PageLocation("../", has_dates=True), PageLocation("../", is_whole=True)


class Frame(NamedTuple):
    """What the template of every page prints around its body."""

    title: str
    policy: str
    styles: Asset
    scripts: Sequence[Asset]
    data: str
    up: str
    dates: str
    """Address of the file of `page.dates`; empty: the page does not read it."""
    is_whole: bool
    zone: str
    """Zone in which days end, for the script, which compares them with the reader's clock; empty: UTC."""


def document(
    template: str,
    title: str,
    translations: Translations,
    *,
    scripts: Sequence[Asset],
    data: object,
    location: PageLocation,
    **values: object,
) -> bytes:
    """Put a file together from a template and its values; the scripts find `data` packed in the page."""
    frame = Frame(
        title=title,
        policy=_policy(scripts, location),
        styles=styles(),
        scripts=scripts,
        data=packed(data),
        up=location.up,
        dates=location.up + DATES_NAME if location.has_dates else "",
        is_whole=location.is_whole,
        zone="" if location.zone == "UTC" else location.zone,
    )
    return render(template, translations, frame=frame, **values).encode()


def styles() -> Asset:
    """Read the style sheet of all pages."""
    return Asset("page.css", asset("page.css"))


def scripts_of(name: str, *parts: str) -> Asset:
    """Join the pages' own scripts into one called `name`; each needs those before it."""
    return Asset(name, "\n".join(asset(part) for part in parts))


@functools.cache
def asset(name: str) -> str:
    """Read one of the files that go into the pages."""
    return importlib.resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[Asset], location: PageLocation) -> str:
    """Content security policy: only these scripts, or those beside the page; no other request."""
    own = (
        " ".join(f"'sha256-{_digest(script.content)}'" for script in scripts)
        if location.is_whole
        else "'self'"
    )
    rules = (
        "default-src 'none'",
        f"script-src {own} 'unsafe-eval'",
        "style-src 'unsafe-inline'" if location.is_whole else "style-src 'self' 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def _digest(script: str) -> str:
    return base64.b64encode(_sha256(script)).decode()


@functools.lru_cache(maxsize=32)
def _sha256(content: str) -> bytes:
    """Digest of a file that many pages share, which is large."""
    return hashlib.sha256(content.encode()).digest()
