"""Files that all pages of a folder share: scripts, styles, texts, titles, charts, licences.

They lie once beside the index, and inside of a page only when it is saved or mailed.
"""

import functools

from healthtrends.page.document import DAY, Asset, asset, document, scripts_of, styles
from healthtrends.page.packing import script_json
from healthtrends.page.sections.dictionary import dictionary, dictionary_rows
from healthtrends.page.translations import Translations
from healthtrends.page.vega_specs import specs


def day_scripts(translations: Translations, library: str) -> tuple[Asset, ...]:
    """Scripts of a date's page in their order; `library` is the JavaScript that defines `vegaEmbed`."""
    return (Asset("vega.js", library), texts(translations), titles(translations), _day())


def index_scripts(translations: Translations) -> tuple[Asset, ...]:
    """Scripts of the index in their order."""
    return (texts(translations), titles(translations), _index())


def licences() -> Asset:
    """Licences of the software inside of the pages."""
    return Asset("licences.txt", asset("licences.txt"))


def shared_files(translations: Translations, library: str) -> dict[str, bytes]:
    """Make all of them, by their path from the index."""
    found = (
        *day_scripts(translations, library),
        *index_scripts(translations),
        columns(translations),
        styles(),
        licences(),
    )
    return {each.path: each.content.encode() for each in found}


def texts(translations: Translations) -> Asset:
    """Texts of the scripts, the charts, and the data dictionary."""
    shared = {
        "words": translations.for_scripts(),
        "columns": translations.all_of("column"),
        "reports": translations.all_of("report"),
        "specs": specs(translations),
        "dictionary": dictionary_rows(translations),
    }
    return _constant("texts.js", "SHARED", shared)


@functools.lru_cache(maxsize=4)
def columns(translations: Translations) -> Asset:
    """The data dictionary as a page of its own, for readers without a script."""
    content = document(
        "columns.html",
        translations("dictionary.heading"),
        translations,
        scripts=(),
        data={},
        location=DAY._replace(has_dates=False),
        dictionary=dictionary(translations),
    )
    return Asset("columns.html", content.decode())


@functools.lru_cache(maxsize=4)
def titles(translations: Translations) -> Asset:
    """Titles of all codes, groups and chapters; `titleOf` in tools.js looks them up as `icd.titles` does."""
    own, groups = translations.all_titles()
    return _constant(
        "titles.js", "TITLES", {"codes": own, "groups": groups, "chapters": _chapters(translations)}
    )


def _chapters(translations: Translations) -> list[tuple[str, str, str]]:
    """First category, last category, and number and title of each chapter."""
    return [
        (first, last, translations("code.chapter", number=number, title=translations.of("chapter", number)))
        for first, last, number in translations.edition.chapters()
    ]


def _constant(name: str, constant: str, value: object) -> Asset:
    return Asset(name, f'"use strict";\nconst {constant} = {script_json(value)};\n')


def _day() -> Asset:
    return scripts_of("day.js", "tools.js", "charts.js", "places.js", "explore.js", "day.js")


def _index() -> Asset:
    return scripts_of("index.js", "tools.js", "index.js")
