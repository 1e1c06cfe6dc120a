"""A date's page, all its sections in their order."""

from healthtrends.page.components import place_name_line, section, titled
from healthtrends.page.data import DayPage
from healthtrends.page.date_state import state_badge
from healthtrends.page.document import DAY, FILE_NAME, Place, document
from healthtrends.page.markup import Html, el
from healthtrends.page.payload import payload
from healthtrends.page.sections.charts import ages, outcomes
from healthtrends.page.sections.dictionary import dictionary
from healthtrends.page.sections.provenance import provenance
from healthtrends.page.sections.quality import quality
from healthtrends.page.sections.summary import FALLEN, RISEN, summary
from healthtrends.page.sections.top_diagnoses import top_diagnoses
from healthtrends.page.shared import columns, day_scripts
from healthtrends.page.total_curve import HATCH
from healthtrends.page.translations import Translations

IN_PAGE = ("glance", "top", "trend", "ages", "outcomes", "quality", "explore", "dictionary", "made")
EMPTY_PARTS = ("glance", "quality", "made")
"""What a date without a diagnosis has: nothing to draw, and no table to look through."""


def render_day(page: DayPage, translations: Translations, library: str, place: Place = DAY) -> bytes:
    """Give the page as a file; `library` is the JavaScript that defines `vegaEmbed`."""
    found = page.detection
    named = [alarm.code for alarm in (*found.risen(RISEN), *found.fallen(FALLEN))]
    return document(
        titled(translations("title", date=translations.day(page.date)), page.place_name),
        [_head(page, translations), HATCH, _main(page, translations, place)],
        translations,
        scripts=day_scripts(translations, library),
        data=payload(page, named),
        place=place,
    )


def _main(page: DayPage, translations: Translations, place: Place) -> Html:
    full = not page.is_empty
    return el(
        "main",
        summary(page, translations),
        top_diagnoses(page, translations) if full else None,
        _of_script("trend", translations) if full else None,
        el("div", ages(page, translations), outcomes(page, translations), class_="pair") if full else None,
        quality(page, translations),
        _of_script("explore", translations) if full else None,
        _dictionary(translations, place) if full else None,
        provenance(page, translations, place),
        id="content",
        tabindex="-1",
    )


def _of_script(name: str, translations: Translations) -> Html:
    """A section that is nothing without the script, which therefore makes what is in it."""
    return section(name, translations(f"{name}.heading"))


def _dictionary(translations: Translations, place: Place) -> Html:
    """The same on all pages: in one that lies alone; else made by the script, or a link leads to it."""
    heading = translations("dictionary.heading")
    if place.whole:
        return section("dictionary", heading, dictionary(translations))
    link = el("a", heading, href=place.up + columns(translations).path)
    return section("dictionary", heading, el("noscript", el("p", link)))


def _head(page: DayPage, translations: Translations) -> Html:
    parts = EMPTY_PARTS if page.is_empty else IN_PAGE
    copied = page.copied_at
    return el(
        "header",
        el(
            "p",
            translations("brand") if copied else el("a", translations("all_dates"), href=f"../{FILE_NAME}"),
            class_="brand",
        ),
        place_name_line(page.place_name),
        el("h1", translations.day(page.date)),
        el(
            "p",
            state_badge(page.provenance, translations),
            translations(
                "made_line",
                issue=page.provenance.issue,
                time=translations.moment(page.provenance.published_at),
            ),
        ),
        el("p", translations("copied", issue=page.provenance.issue, time=translations.moment(copied)))
        if copied
        else None,
        el("ul", id="steps", class_="steps", hidden=True),
        el("p", id="newer", class_="newer", role="status", hidden=True),
        el("noscript", el("p", translations("no_script"))),
        el(
            "nav",
            el(
                "ul", *(el("li", el("a", translations(f"{name}.heading"), href=f"#{name}")) for name in parts)
            ),
            aria_label=translations("sections"),
        ),
    )
