"""What all pages of one place share: scripts, styles, texts, the trend chart, licences; one file each.

They lie once beside the index, and inside of a page only when it is saved or mailed.
"""

from healthtrends.page.charts import fixed_specs
from healthtrends.page.document import Asset, asset, scripts_of, styles
from healthtrends.page.markup import embedded
from healthtrends.page.words import Words


def day_scripts(words: Words, library: str) -> tuple[Asset, ...]:
    """Scripts of a date's page in their order; `library` is the JavaScript that defines `vegaEmbed`."""
    return (Asset("vega.js", library), texts(words), _day())


def index_scripts(words: Words) -> tuple[Asset, ...]:
    """Scripts of the index in their order."""
    return (texts(words), _index())


def licences() -> Asset:
    """Licences of what the pages are made with."""
    return Asset("licences.txt", asset("licences.txt"))


def shared_files(words: Words, library: str) -> dict[str, bytes]:
    """Give all of them, by their path from the index."""
    found = (*day_scripts(words, library), *index_scripts(words), styles(), licences())
    return {each.path: each.content.encode() for each in found}


def texts(words: Words) -> Asset:
    """Texts of the scripts, and charts that are the same on every page."""
    shared = {"words": words.for_scripts(), "specs": fixed_specs(words)}
    return Asset("texts.js", f'"use strict";\nconst SHARED = {embedded(shared)};\n')


def _day() -> Asset:
    return scripts_of("day.js", "tools.js", "charts.js", "explore.js", "day.js")


def _index() -> Asset:
    return scripts_of("index.js", "tools.js", "index.js")
