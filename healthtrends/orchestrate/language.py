"""The words of the pages, in the language that the configuration names."""

from pathlib import Path

from healthtrends.config import check_trusted, expanded
from healthtrends.errors import ConfigError
from healthtrends.page.words import Words, bundled, languages, parse_words

OWN_WORDS = ".json"


def chosen_words(language: str) -> Words:
    """Give the words of a bundled language, or of a message file. Raises ConfigError."""
    if language.endswith(OWN_WORDS):
        return parse_words(_own_words(Path(language)), language)
    if language in languages():
        return bundled(language)
    raise ConfigError(
        f"publish.language = {language!r} is not known",
        f"there are {', '.join(languages())}; or name a message file, which ends in {OWN_WORDS}",
        "docs/how-to/page.md tells how to write one",
    )


def _own_words(file: Path) -> bytes:
    check_trusted(file, "the message file")
    try:
        return expanded(file).read_bytes()
    except OSError as error:
        raise ConfigError(f"publish.language names {file}, which cannot be read", str(error)) from error
