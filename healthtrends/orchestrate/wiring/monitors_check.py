"""The checks of `doctor` on files that monitors read: a command that cannot write them only logs it."""

import os
from collections.abc import Iterator

from healthtrends.config import Settings, expanded
from healthtrends.devstack.doctor import Finding


def monitors_findings(settings: Settings) -> Iterator[Finding]:
    """Say of each configured file whether its folder can be written; a warning where it cannot."""
    files = {
        "metrics.textfile": settings.metrics.textfile,
        "health.file": settings.health.file,
        "lineage.file": settings.lineage.file,
    }
    for key, file in files.items():
        if file is None:
            continue
        folder = expanded(file).parent
        if not folder.is_dir():
            text = f"{folder} is no folder"
        elif not os.access(folder, os.W_OK | os.X_OK):
            text = f"{folder} may not be written by this user"
        else:
            yield Finding(key, "ok", f"{folder} can be written")
            continue
        yield Finding(key, "warning", text, f"make the folder, give this user the right, or change {key}")
