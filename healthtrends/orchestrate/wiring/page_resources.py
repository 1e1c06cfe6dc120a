"""Resources of the pages from the configuration: translations, titles of codes, chart library, folder."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from healthtrends.adapters.localfs import LocalStore
from healthtrends.adapters.vega import chart_library
from healthtrends.config import Settings, cache, check_trusted, expanded, home
from healthtrends.config.permissions import keep_private
from healthtrends.errors import ConfigError
from healthtrends.icd.edition import Edition
from healthtrends.icd.titles import parse_titles
from healthtrends.model.comparison import Least
from healthtrends.orchestrate.pages import PageResources
from healthtrends.page.translations import Translations, bundled, languages, parse_translations
from healthtrends.storage.access_rights import MASKED, PRIVATE
from healthtrends.storage.store_pool import StorePool

OWN_WORDS = ".json"
PAGES = "pages"
"""Folder of the pages in the home of the local stack."""


def page_resources(settings: Settings, closing: ExitStack, edition: Edition | None = None) -> PageResources:
    """Give what the pages of a root are made with; `closing` closes the folders that are opened.

    `edition` names and groups the codes; None: ICD-10-CM.
    """
    given = settings.publish.local_dir
    folder = expanded(given).absolute() if given else home() / PAGES

    def opened(place: Path) -> StorePool:
        if not given:
            keep_private(home())
        local = StorePool(LocalStore(place, MASKED if given else PRIVATE))
        closing.callback(local.close)
        return local

    return PageResources(
        words=chosen_words(settings.publish.language, settings.publish.titles_file, edition),
        library=lambda: chart_library(cache()),
        open=opened,
        folder=folder,
        is_shared=not given,
        title=settings.publish.title,
        address=f"{settings.hdfs.url or ''}{settings.hdfs.root}",
        least=Least(settings.publish.min_count, settings.publish.min_change),
        zone=settings.source.timezone,
        weeks=settings.publish.epi_week,
        quiet=(settings.quality.min_facility_records, settings.quality.min_facility_share),
    )


def chosen_words(
    language: str, titles_file: str | None = None, edition: Edition | None = None
) -> Translations:
    """Give the texts of a bundled language or of a message file, with own titles of codes if there are any.

    Titles of `edition` stand behind these; None: it is ICD-10-CM. Raises ConfigError.
    """
    words = _words(language)
    if edition is not None:
        is_read = edition.language in (None, words("language"))
        words = replace(words, edition=edition, own_titles=edition.titles if is_read else {})
    if titles_file is None:
        return words
    content = _own(Path(titles_file), "the file of titles", "publish.titles_file")
    return replace(
        words, own_titles={**words.own_titles, **parse_titles(content, titles_file, words("language"))}
    )


def _words(language: str) -> Translations:
    if language.endswith(OWN_WORDS):
        return parse_translations(_own(Path(language), "the message file", "publish.language"), language)
    if language in languages():
        return bundled(language)
    raise ConfigError(
        f"publish.language = {language!r} is not known",
        f"there are {', '.join(languages())}; or name a message file, which ends in {OWN_WORDS}",
        "docs/how-to/page.md tells how to write one",
    )


def _own(file: Path, what: str, setting: str) -> bytes:
    check_trusted(file, what)
    try:
        return expanded(file).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{setting} names {file}, which cannot be read",
            error.strerror or "",
            "correct the path, which begins at the folder of the configuration, or leave the setting out",
        ) from error
