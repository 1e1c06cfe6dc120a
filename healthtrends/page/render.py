"""A date's page, all its sections in their order."""

from healthtrends.page.data import DayPage
from healthtrends.page.document import DAY, FILE_NAME, Place, document
from healthtrends.page.markup import Html, el
from healthtrends.page.parts import house_name, section, titled
from healthtrends.page.payload import payload
from healthtrends.page.sections.charts import ages, outcomes
from healthtrends.page.sections.dictionary import dictionary
from healthtrends.page.sections.glance import FALLEN, RISEN, glance
from healthtrends.page.sections.made import made
from healthtrends.page.sections.quality import quality
from healthtrends.page.sections.top import top
from healthtrends.page.shared import columns, day_scripts
from healthtrends.page.standing import state_badge
from healthtrends.page.total_curve import HATCH
from healthtrends.page.words import Words

IN_PAGE = ("glance", "top", "trend", "ages", "outcomes", "quality", "explore", "dictionary", "made")
EMPTY_PARTS = ("glance", "quality", "made")
"""What a date without a diagnosis has: nothing to draw, and no table to look through."""


def render_day(page: DayPage, words: Words, library: str, place: Place = DAY) -> bytes:
    """Give the page as a file; `library` is the JavaScript that defines `vegaEmbed`."""
    found = page.detection
    named = [alarm.code for alarm in (*found.risen(RISEN), *found.fallen(FALLEN))]
    return document(
        titled(words("title", date=words.day(page.date)), page.house),
        [_head(page, words), HATCH, _main(page, words, place)],
        words,
        scripts=day_scripts(words, library),
        data=payload(page, named),
        place=place,
    )


def _main(page: DayPage, words: Words, place: Place) -> Html:
    full = not page.is_empty
    return el(
        "main",
        glance(page, words),
        top(page, words) if full else None,
        _of_script("trend", words) if full else None,
        el("div", ages(page, words), outcomes(page, words), class_="pair") if full else None,
        quality(page, words),
        _of_script("explore", words) if full else None,
        _dictionary(words, place) if full else None,
        made(page, words, place),
        id="content",
        tabindex="-1",
    )


def _of_script(name: str, words: Words) -> Html:
    """A section that is nothing without the script, which therefore makes what is in it."""
    return section(name, words(f"{name}.heading"))


def _dictionary(words: Words, place: Place) -> Html:
    """The same on all pages: in one that lies alone; else made by the script, or a link leads to it."""
    heading = words("dictionary.heading")
    if place.whole:
        return section("dictionary", heading, dictionary(words))
    link = el("a", heading, href=place.up + columns(words).path)
    return section("dictionary", heading, el("noscript", el("p", link)))


def _head(page: DayPage, words: Words) -> Html:
    parts = EMPTY_PARTS if page.is_empty else IN_PAGE
    copied = page.copied_at
    return el(
        "header",
        el(
            "p",
            words("brand") if copied else el("a", words("all_dates"), href=f"../{FILE_NAME}"),
            class_="brand",
        ),
        house_name(page.house),
        el("h1", words.day(page.date)),
        el(
            "p",
            state_badge(page.made, words),
            words("made_line", issue=page.made.issue, time=words.moment(page.made.published_at)),
        ),
        el("p", words("copied", issue=page.made.issue, time=words.moment(copied))) if copied else None,
        el("ul", id="steps", class_="steps", hidden=True),
        el("p", id="newer", class_="newer", role="status", hidden=True),
        el("noscript", el("p", words("no_script"))),
        el(
            "nav",
            el("ul", *(el("li", el("a", words(f"{name}.heading"), href=f"#{name}")) for name in parts)),
            aria_label=words("sections"),
        ),
    )
