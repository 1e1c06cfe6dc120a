"""Proof of the releases: each is the one that was released, and nothing else lies in their folder.

Whoever copies the folder lets go whatever lies in it, so a file that no release names is a fault, too.
"""

import datetime as dt
import posixpath
from collections.abc import Iterator

from healthtrends.publish.check import check_issues
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.log import CommitLog
from healthtrends.storage.verify import Days, Finding, failed, is_selected


def check_releases(log: CommitLog, releases: Issues, days: Days | None = None) -> Iterator[Finding]:
    """Releases of the dates asked for, as `check_issues`; nothing where none was ever made."""
    unexpected = sorted(_unexpected(log, releases, days))
    for path, day in unexpected:
        yield failed("released", "no release names it", "move it out of the folder", path, day)
    if releases.dates() or log.newest_seen.releases:
        for finding in check_issues(log, releases, days, "releases"):
            if not (unexpected and finding["ok"] and finding["check"] == "released"):
                yield finding


def _unexpected(log: CommitLog, releases: Issues, days: Days | None) -> Iterator[tuple[str, str | None]]:
    """Files below `release/` that the newest release of their date has not, with their date."""
    root = releases.layout.reports
    found: dict[str, list[str]] = {}
    for report in log.store.list(root):
        if not report.is_folder:
            yield f"{root}/{report.name}", None
            continue
        for entry in log.store.list(f"{root}/{report.name}"):
            day, path = entry.name.removeprefix("date="), f"{root}/{report.name}/{entry.name}"
            if not entry.is_folder or not _is_date(day):
                yield path, None
            elif is_selected(day, days):
                found.setdefault(day, []).append(path)
    for day, folders in found.items():
        listed = list(log.pool.map(log.store.list, folders))
        # Read after the folders: what is put in place is committed before.
        newest = releases.newest(dt.date.fromisoformat(day))
        known = set() if newest is None else set(releases.placed(newest))
        for folder, entries in zip(folders, listed, strict=True):
            for entry in entries:
                path = posixpath.join(folder, entry.name)
                if path not in known and log.store.length(path) is not None:
                    yield path, day


def _is_date(text: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(text))
    except ValueError:
        return False
