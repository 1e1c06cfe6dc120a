"""Environment variables `HEALTHTRENDS_...` that are no settings, and the check of all names.

A misspelled variable would be ignored without a word, and the run would go to another topic or home.
"""

from collections.abc import Mapping
from types import MappingProxyType

from healthtrends.config.config_sources import PREFIX, Known, known_settings, variable_path
from healthtrends.config.suggestions import nearest
from healthtrends.errors import ConfigError

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "HEALTHTRENDS_HOME": "the local stack's data, mode 0700; default: the platform's user data folder",
        "HEALTHTRENDS_CACHE": "folder of the fetched jars; default: the platform's user cache folder",
        "HEALTHTRENDS_TRUST_CONFIG": "files that are obeyed although others may write them; see above",
        "HEALTHTRENDS_NOW": "RFC 3339 time that stands for now, for tests and replays",
        "HEALTHTRENDS_FAILPOINT": "for tests: dies, fails or stops at a named write; "
        "see `healthtrends/adapters/failpoints.py`",
    }
)
"""Name and meaning."""


def check_names(environ: Mapping[str, str]) -> None:
    """Raise ConfigError for a variable that means nothing; an empty one counts as not set."""
    known = known_settings()
    for name, text in sorted(environ.items()):
        if name.startswith(PREFIX) and text and name not in VARIABLES and not _is_setting(name, known):
            raise _unknown(name, known)


def _is_setting(name: str, known: Known) -> bool:
    path = variable_path(name)
    field = known.get(path[:2])
    return field is not None and (len(path) == len(("section", "field")) or field.is_table)


def _unknown(name: str, known: Known) -> ConfigError:
    names = {field.key: field.variable for field in known.values()}
    names |= {each.removeprefix(PREFIX).lower(): each for each in VARIABLES}
    near = nearest(".".join(variable_path(name)), names)
    found = names[near] if near else None
    return ConfigError(
        f"unknown environment variable {name}",
        "no setting and no variable has this name; "
        f"{f'the nearest known one is {found}' if found else 'no known one is near'}",
        f"{f'Write {found}, or unset' if found else 'Unset'} it. All names: docs/reference/configuration.md.",
    )
