"""Settings: resolved once by the command line, frozen, and handed down.

Precedence for each key: flag, then environment (`HEALTHTRENDS_SECTION__FIELD`), then
`healthtrends.toml` (the file of `--config`, else the one in the working directory), then default.
Files are not merged. Nothing here reads the environment at import.
"""

from healthtrends.config.config_sources import without_settings
from healthtrends.config.directories import cache, expanded, home, user_name
from healthtrends.config.load import FILE_NAME, load
from healthtrends.config.redaction import printed, shown_url
from healthtrends.config.settings import Settings
from healthtrends.config.trust import check_private, check_trusted
from healthtrends.config.variables import check_names

__all__ = [
    "FILE_NAME",
    "Settings",
    "cache",
    "check_names",
    "check_private",
    "check_trusted",
    "expanded",
    "home",
    "load",
    "printed",
    "shown_url",
    "user_name",
    "without_settings",
]
