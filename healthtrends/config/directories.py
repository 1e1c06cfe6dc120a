"""Directories on this machine, and the user's name: from the environment and the user's entry.

A container may run as a user who has none, and without HOME.
"""

import os
import pwd
from pathlib import Path

from healthtrends.errors import ConfigError


def home() -> Path:
    """Data of the local stack: `HEALTHTRENDS_HOME`, else the platform's user data folder."""
    return _chosen("HEALTHTRENDS_HOME", "user_data_path")


def cache() -> Path:
    """Fetched jars: `HEALTHTRENDS_CACHE`, else the platform's user cache folder."""
    return _chosen("HEALTHTRENDS_CACHE", "user_cache_path")


def expanded(path: str | Path) -> Path:
    """The path with `~` filled in. Raises ConfigError when the user has no home."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ConfigError(
            f"{path} begins with ~, and that user has no home", str(error), "write the whole path"
        ) from error


def user_name(needed_by: str) -> str:
    """The user's name by the user's entry. Raises ConfigError without one, naming who looks it up too."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError as error:
        raise ConfigError(
            f"user {number} has no entry in /etc/passwd",
            f"{needed_by} looks up its name there and does not start without",
            f"add one, such as `healthtrends:x:{number}:0::/tmp:/bin/sh`, or run as a user who has one",
        ) from error


def _chosen(variable: str, default: str) -> Path:
    given = os.environ.get(variable)
    if given:
        return expanded(given).absolute()
    import platformdirs  # noqa: PLC0415  not needed when the variable is set

    try:
        path: Path = getattr(platformdirs, default)("healthtrends", appauthor=False)
    except RuntimeError as error:
        raise ConfigError(
            "there is no folder for this user's data",
            "HOME is not set, and the user has no entry in /etc/passwd",
            f"set {variable} to a folder of your own",
        ) from error
    return path
