"""Paths that servers and engines can take, for a home that is no plain path.

Hadoop's DataNode ends when its folder has a blank or a per cent sign, as the user data folder of macOS has,
Hadoop's shell commands break at quotes, and the embedded engine reads from another path than it wrote to.
They reach such a folder through a link.
"""

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from healthtrends.config import check_trusted
from healthtrends.errors import ConfigError

# Letters and digits of any script; for engines those of ASCII only.
_PLAIN = re.compile(r"[\w./+-]*")
_ASCII = re.compile(_PLAIN.pattern, re.ASCII)
# Hadoop hands the path that a link leads to to a shell.
_SHELL = re.compile(r"""['"`$\\\x00-\x1f\x7f]""")


def server_path(folder: Path, cache: Path) -> Path:
    """The folder itself, or where a link to it belongs, which stays as long as the servers run."""
    return folder if _PLAIN.fullmatch(str(folder)) else _link(folder, cache)


def engine_path(folder: Path, cache: Path) -> Path:
    """The folder itself, or a link to it, made here: in the cache, or in a folder for temporary files."""
    if _ASCII.fullmatch(str(folder)):
        return folder
    plain = _ASCII.fullmatch(str(cache))
    link = _link(folder, cache if plain else _own_temp())
    make_link(link, folder)
    return link


def drop_engine_path(folder: Path, cache: Path) -> None:
    """Remove the link that `engine_path` made, if it made one."""
    if _ASCII.fullmatch(str(folder)):
        return
    for place in (cache, _own_temp()):
        link = _link(folder, place)
        if link.is_symlink():
            link.unlink()
        if place != cache:
            for each in (link.parent, place):
                with suppress(OSError):  # missing, or another home's link is there
                    each.rmdir()


def _own_temp() -> Path:
    return Path(tempfile.gettempdir()) / f"healthtrends-{os.geteuid()}"


def _link(folder: Path, place: Path) -> Path:
    return place / "homes" / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]


def make_link(path: Path, folder: Path) -> None:
    """Let `path`, as `server_path` gave it, lead to the folder. Raises ConfigError when it is no better."""
    if found := _SHELL.search(str(folder)):
        raise ConfigError(
            f"the local stack cannot use {str(folder.parent)!r}",
            f"its servers do not take {found[0]!r} in a path",
            "set HEALTHTRENDS_HOME to another folder",
        )
    if not _PLAIN.fullmatch(str(path)):
        raise ConfigError(
            f"the local stack cannot use {folder.parent}",
            f"its servers take a path of letters, digits and . / _ + - only; {path.parent} is none either",
            "set HEALTHTRENDS_HOME, or HEALTHTRENDS_CACHE, to a folder with such a path",
        )
    if path == folder:
        return
    check_trusted(path, "the link")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_trusted(path, "the link")  # somebody may have made a folder that was missing above
    if path.is_symlink() and path.readlink() == folder:
        return
    path.unlink(missing_ok=True)
    path.symlink_to(folder)
