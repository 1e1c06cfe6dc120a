"""A folder for what an engine leaves on this machine: its log, and temporary files."""

import shutil
import tempfile
from pathlib import Path

from healthtrends import clock
from healthtrends.config import check_trusted

_KEEP_SECONDS = 86_400


def new_work_folder(parent: Path) -> Path:
    """Make a folder of its own below `parent`; those of past days are removed."""
    check_trusted(parent, "the work folder")
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    yesterday = clock.now().timestamp() - _KEEP_SECONDS
    for old in parent.iterdir():
        if old.stat().st_mtime < yesterday:
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=parent, prefix=f"{clock.now():%Y%m%dT%H%M%S}-"))
