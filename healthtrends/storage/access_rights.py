"""Who may read what below a root: the one table of places and modes, for HDFS and for local folders.

State, rejects, facts and cubes hold messages as they came, birth dates and exact figures: their folders are
for the pipeline's user alone, whatever is set. All else is as `hdfs.mode` says; without it, as it always was.
A file has the mode of the shared folders less the right to execute; in a private place the folder closes it.
A folder that is there keeps its mode: an administrator may have reasons.
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from healthtrends.storage.layout import Layout

PRIVATE_FOLDER: Final = 0o700
_SHARED_FOLDER: Final = 0o755
_NOT_EXECUTED: Final = 0o666


class Access(NamedTuple):
    """What a file system says of a folder."""

    mode: int
    owner: str
    group: str


@dataclass(frozen=True, slots=True)
class AccessRights:
    """Modes of what is made, and who gets the places."""

    places: Mapping[str, int] = field(default_factory=dict)
    """Mode by folder; it holds for all below, and the folder is made before anything in it."""
    folder: int = _SHARED_FOLDER
    """Mode of folders in none of the places."""
    file: int = _SHARED_FOLDER & _NOT_EXECUTED
    owner: str | None = None
    """None: whoever makes it."""
    group: str | None = None
    """None: as the file system does it; on HDFS that of the folder above."""

    def folder_mode(self, folder: str) -> int:
        """Mode of a folder that is made, by the nearest place at or above it."""
        while folder not in self.places:
            above = posixpath.dirname(folder)
            if above == folder:
                return self.folder
            folder = above
        return self.places[folder]


MASKED: Final = AccessRights(folder=0o777, file=0o666)
"""As the mask of the process leaves it."""
PRIVATE: Final = AccessRights(folder=PRIVATE_FOLDER, file=0o600)


def root_rights(
    layout: Layout, mode: str | None = None, owner: str | None = None, group: str | None = None
) -> AccessRights:
    """Give the table of a root; `mode` is octal, such as `0750`, for all that is not private."""
    private = dict.fromkeys(layout.private, PRIVATE_FOLDER)
    shared = _SHARED_FOLDER if mode is None else int(mode, 8)
    # Without a setting these places are made on the way to their first file, as they always were.
    named = (layout.root, layout.records, layout.reports) if mode or owner or group else ()
    return AccessRights(
        {**dict.fromkeys(named, shared), **private},
        _SHARED_FOLDER,
        shared & _NOT_EXECUTED,
        owner,
        group,
    )


def differences(rights: AccessRights, look: Callable[[str], Access | None]) -> Iterator[tuple[str, str, str]]:
    """Folder, what is other than the table says, and the command that mends it; `look` gives None for none.

    A folder that is closed further than the table asks for is no difference.
    """
    for folder, mode in rights.places.items():
        found = look(folder)
        if found is None:
            continue
        if found.mode & 0o777 & ~mode:
            yield folder, f"mode {found.mode & 0o777:04o}, wider than {mode:04o}", f"-chmod -R {_words(mode)}"
        if rights.owner not in (None, found.owner):
            yield folder, f"owner {found.owner}, not {rights.owner}", f"-chown -R {rights.owner}"
        if rights.group not in (None, found.group):
            yield folder, f"group {found.group}, not {rights.group}", f"-chgrp -R {rights.group}"


def _words(mode: int) -> str:
    """Rights to take away, as `chmod` has it: `g-w,o-rwx` of 0750."""
    excess = {"g": ~mode >> 3 & 7, "o": ~mode & 7}
    letters = {
        who: "".join(letter for bit, letter in ((4, "r"), (2, "w"), (1, "x")) if bits & bit)
        for who, bits in excess.items()
    }
    return ",".join(f"{who}-{each}" for who, each in letters.items() if each)
