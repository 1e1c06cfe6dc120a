"""Trusted files: those that only their user and root can write or replace.

The configuration names programs to run, servers and keys. A file of somebody else's folder would let them act
as the user who runs a command there.
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from healthtrends.config.directories import expanded
from healthtrends.config.permissions import READ_OR_WRITE
from healthtrends.errors import ConfigError

VARIABLE = "HEALTHTRENDS_TRUST_CONFIG"
"""Files that are obeyed all the same, parted as in PATH."""

_MOST_LINKS = 40  # as many as Linux follows


def check_trusted(file: Path, what: str, environ: Mapping[str, str] | None = None) -> None:
    """Raise ConfigError when others own or may write the file, a folder above it, or a link on the way.

    `what` names it in the error, such as "the configuration". A file that is missing passes: where all that
    is above it is trusted, nobody else can put one there.
    """
    file = expanded(file).absolute()
    allowed = (os.environ if environ is None else environ).get(VARIABLE, "").split(os.pathsep)
    if os.path.normpath(file) in [os.path.normpath(Path(each).absolute()) for each in allowed if each]:
        return
    for place in _way_to(file):
        if reason := _open_to_others(place):
            raise ConfigError(
                f"{what} {file} is not obeyed: {place} {reason}",
                "whoever can write it decides what runs as you; only you and root may",
                f"Correct owner and mode, or, if you trust it: export {VARIABLE}='{file}'",
            )


def check_private(file: Path, what: str) -> None:
    """Raise ConfigError unless the file is trusted and only its user may read it. Raises OSError."""
    mode = expanded(file).stat().st_mode
    if mode & READ_OR_WRITE:
        raise ConfigError(
            f"{what} {file} is open to others", f"its mode is {stat.filemode(mode)}", f"chmod 600 {file}"
        )
    check_trusted(file, what)


def _way_to(file: Path) -> Iterator[Path]:
    """Every folder and link that the system passes on its way to the file, and the file."""
    at, rest, links = Path("/"), list(reversed(file.parts)), 0
    while rest:
        part = rest.pop()
        at = at.parent if part == ".." else at / part
        yield at
        if at.is_symlink() and links < _MOST_LINKS:
            links += 1
            rest.extend(reversed(at.readlink().parts))
            at = at.parent


def _open_to_others(place: Path) -> str:
    """Return why somebody else decides what is found at this place; empty when nobody does."""
    try:
        found = place.lstat()
    except OSError:
        return ""  # missing, or not to be reached: then it cannot be read either
    if found.st_uid not in (os.geteuid(), 0):
        return f"belongs to {_user(found.st_uid)}"
    writable = found.st_mode & stat.S_IWOTH or (
        found.st_mode & stat.S_IWGRP and not _is_private(found.st_gid, found.st_uid)
    )
    # In a sticky folder such as /tmp nobody moves what belongs to others; a link has no mode of its own.
    safe = stat.S_ISLNK(found.st_mode) or (stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX)
    if not writable or safe:
        return ""
    return f"may be written by others ({stat.filemode(found.st_mode)})"


def _is_private(group: int, owner: int) -> bool:
    """Whether the group is the owner's own: it has the owner's name, and no other member."""
    try:
        name = pwd.getpwuid(owner).pw_name
        entry = grp.getgrgid(group)
    except KeyError:
        return False
    return entry.gr_name == name and set(entry.gr_mem) <= {name}


def _user(number: int) -> str:
    try:
        return f"user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"user {number}"
