"""Atomic writes of small files, and lock files."""

import os
import stat
from pathlib import Path
from typing import TextIO

from healthtrends.config.permissions import make_folders
from healthtrends.errors import ConfigError


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write aside and rename, so that nobody ever reads half of it; makes the folder.

    By default for the owner's eyes only.
    """
    make_folders(path.parent)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    aside.replace(path)


def open_own(path: Path) -> TextIO:
    """Open a file of this user, made when missing, to lock it; never through a link. Raises ConfigError."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise ConfigError(f"{path} cannot be opened", error.strerror or "", "remove it") from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(descriptor)
        raise ConfigError(f"{path} is no file of this user", "somebody else put it there", "remove it")
    return os.fdopen(descriptor, "w")
