"""Temporary files: a folder below the home for each command, its engine, its libraries and child processes.

The machine's own folder for them may be small, and open to others; and what stayed there nobody removed.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from healthtrends import clock
from healthtrends.config import check_trusted

_KEEP_SECONDS = 86_400
_VARIABLE = "TMPDIR"


@contextmanager
def own_temp_folder(parent: Path) -> Iterator[Path]:
    """Make a folder below `parent`; inside, all temporary files of this process and its children go there.

    What a command leaves on purpose, an engine's log or a page in a browser, stays for a day or until `down`.
    """
    check_trusted(parent, "the folder for temporary files")
    # The parent of a home that is no plain path is a link, which leads nowhere as long as nothing lies there.
    parent.resolve().mkdir(parents=True, exist_ok=True, mode=0o700)
    remove_unused(parent, _KEEP_SECONDS)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=f"{clock.now():%Y%m%dT%H%M%S}-"))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    before = os.environ.get(_VARIABLE)
    try:
        _use(str(folder))
        yield folder
    finally:
        _use(before)
        os.close(descriptor)
        with suppress(OSError):  # not empty
            folder.rmdir()


def remove_unused(parent: Path, seconds: float = 0.0) -> None:
    """Remove what no running command uses and nobody changed for so long; with 0 an empty `parent` too."""
    if not parent.is_dir():
        return
    latest = clock.wall().timestamp() - seconds
    for each in parent.iterdir():
        if (seconds == 0 or each.stat().st_mtime < latest) and not _is_used(each):
            shutil.rmtree(each, ignore_errors=True)
    if seconds == 0:
        with suppress(OSError):
            parent.rmdir()


def _use(folder: str | None) -> None:
    if folder is None:
        os.environ.pop(_VARIABLE, None)
    else:
        os.environ[_VARIABLE] = folder
    tempfile.tempdir = None  # Python would keep the one it found first


def _is_used(folder: Path) -> bool:
    """Whether the command that made it still runs."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
