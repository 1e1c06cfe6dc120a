"""A path to the stack's folder that its servers can take.

Hadoop's DataNode ends when its folder has a blank or a per cent sign, as the user data folder of macOS has,
and Hadoop's shell commands break at quotes. The servers of such a home reach it through a link in the cache.
"""

import hashlib
import os
import re
from pathlib import Path

from healthtrends.errors import ConfigError

# Letters and digits of any script.
_PLAIN = re.compile(r"[\w./+-]*")
# Hadoop hands the path that a link leads to to a shell.
_SHELL = re.compile(r"""['"`$\\\x00-\x1f\x7f]""")


def server_path(folder: Path, cache: Path) -> Path:
    """The folder itself, or where a link to it belongs."""
    if _PLAIN.fullmatch(str(folder)):
        return folder
    return cache / "homes" / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]


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
    if path == folder or (path.is_symlink() and path.readlink() == folder):
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    path.symlink_to(folder)
