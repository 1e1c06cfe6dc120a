"""The words of the pages, in the language and with the titles of codes that the configuration names."""

from dataclasses import replace
from pathlib import Path

from healthtrends.config import check_trusted, expanded
from healthtrends.errors import ConfigError
from healthtrends.page.icd10_titles import parse_titles
from healthtrends.page.translations import Translations, bundled, languages, parse_translations

OWN_WORDS = ".json"


def chosen_words(language: str, titles_file: str | None = None) -> Translations:
    """Give the words of a bundled language, or of a message file; with the house's own titles if it has any.

    Raises ConfigError.
    """
    words = _words(language)
    if titles_file is None:
        return words
    content = _own(Path(titles_file), "the file of titles", "publish.titles_file")
    return replace(words, own_titles=parse_titles(content, titles_file, words("language")))


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
