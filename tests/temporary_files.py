"""Where the files of the tests lie: in memory where the machine has plenty of it, else on its disk."""

import os
import shutil
import tempfile
from pathlib import Path

import psutil

IN_MEMORY = Path("/dev/shm")  # noqa: S108  what Linux calls its file system in memory
GIBIBYTE = 1 << 30


def use_memory() -> None:
    """Make new temporary files in memory, for this process and its children; a TMPDIR that is set is kept.

    The tests write and remove some 50,000 small files, and their servers sync each step: a disk makes them
    wait for minutes. Containers often have 64 MB there, and may not run programs from there.
    """
    if "TMPDIR" in os.environ or not IN_MEMORY.is_dir():
        return
    is_large = shutil.disk_usage(IN_MEMORY).free >= 8 * GIBIBYTE
    is_spare = psutil.virtual_memory().available >= 12 * GIBIBYTE
    if is_large and is_spare and not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)
