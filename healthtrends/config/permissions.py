"""Permissions of folders that other users must not read, or not write.

The local stack's home holds patient data as they came, keys and passwords; the cache holds programs that run.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from healthtrends.errors import ConfigError

TEMP = "tmp"
"""Folder in the home for temporary files."""
SENT = "sent"
"""Folder in the home for what is known of records that were sent."""
OURS = ("stack", "keys", "engines", "pages", SENT, TEMP, "stack.lock")
"""All that a home holds (`engines`: of older versions); what else its owner keeps there is left alone."""
READ_OR_WRITE = 0o077
WRITE = 0o022


def make_folders(folder: Path, mode: int = 0o700) -> None:
    """Make a folder with all that is missing above it, each of the mode, less the process's own mask."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=mode, exist_ok=True)


def keep_private(home: Path) -> None:
    """Make the home for its owner only, or close what an older version left open. Raises ConfigError."""
    check_own(home)
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"the home {home} cannot be made",
            error.strerror or type(error).__name__,
            "set HEALTHTRENDS_HOME to a folder of your own",
        ) from error
    _close(home, READ_OR_WRITE)
    for entry in (home / name for name in OURS):
        # The entry itself is closed last, so one that is closed has been seen to.
        if _is_open(entry, READ_OR_WRITE):
            close_to_others(entry)


def close_to_others(place: Path) -> None:
    """Take all rights on a file or a folder, and on all below it, from others. Raises ConfigError."""
    for each in (*_below(place), place):
        _close(each, READ_OR_WRITE)


def check_own(home: Path) -> None:
    """Raise ConfigError when the home is a link, or somebody else's; one that is missing passes."""
    try:
        found = home.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return  # a part of the path may be a file, which only its creation shows
    except OSError as error:
        raise ConfigError(
            f"the home {home} cannot be looked at",
            error.strerror or type(error).__name__,
            "set HEALTHTRENDS_HOME to a folder of your own",
        ) from error
    if stat.S_ISLNK(found.st_mode):
        raise ConfigError(
            f"the home {home} is a symbolic link",
            "whoever can change it decides where the data of the local stack lie",
            f"name the folder itself: export HEALTHTRENDS_HOME='{home.resolve()}'",
        )
    if home == home.parent or found.st_mode & stat.S_ISVTX:
        raise ConfigError(
            f"the home {home} is a folder for everybody",
            "the home of the local stack is closed to all other users",
            f"name a folder of its own: export HEALTHTRENDS_HOME='{home / 'healthtrends'}'",
        )
    if found.st_uid != os.geteuid():
        raise ConfigError(
            f"the home {home} belongs to another user",
            "that user could read and change the data of the local stack",
            "set HEALTHTRENDS_HOME to a folder of your own",
        )


def keep_unwritable(cache: Path) -> None:
    """Let nobody else write below the cache, from which programs are run. Raises ConfigError."""
    if cache.exists():
        for each in (cache, *_below(cache)):
            _close(each, WRITE)


def _below(folder: Path) -> Iterator[Path]:
    """All files and folders below, a folder after what it holds; no link is followed."""
    for place, folders, names in os.walk(folder, topdown=False):
        for name in (*names, *folders):
            yield Path(place, name)


def _is_open(path: Path, bits: int) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False  # servers remove files meanwhile
    return not stat.S_ISLNK(found.st_mode) and bool(found.st_mode & bits)


def _close(path: Path, bits: int) -> None:
    """Take these rights from others. Raises ConfigError when the file is not ours to close."""
    if not _is_open(path, bits):
        return
    try:
        with suppress(FileNotFoundError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~bits)
    except PermissionError as error:
        raise ConfigError(
            f"{path} is open to other users ({stat.filemode(path.stat().st_mode)})",
            "it belongs to somebody else, so it cannot be closed",
            "let its owner close it, or set HEALTHTRENDS_HOME or HEALTHTRENDS_CACHE to a folder of your own",
        ) from error
