"""Check for files in the data folders that no commit names: a reader of the folders would count them."""

import posixpath
from collections.abc import Iterator
from contextlib import suppress

from healthtrends.errors import DamageFound
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.verify.files import live_files
from healthtrends.storage.verify.findings import Days, Finding, failed, is_selected, passed


def check_unexpected_files(log: CommitLog, state: State, days: Days | None) -> Iterator[Finding]:
    """Nothing lies in the data folders but live files; what others commit meanwhile is expected."""
    named = {file.dst for file in live_files(state, days)}
    found = {path: date for path, date in _present(log, days) if path not in named}
    if found:
        newest = log.read_state(since=state)
        with suppress(DamageFound):  # a file that is nowhere lies in no folder
            log.roll_forward(newest)
        found = {path: date for path, date in found.items() if not newest.is_live(path)}
    found = {path: date for path, date in found.items() if _is_there(log, path)}
    for path, date in sorted(found.items()):
        yield failed("strays", "no commit names it", "move it out of the data folders", path, date)
    if not found:
        yield passed("strays", f"no file beside the {len(named):,} that commits name")


def _present(log: CommitLog, days: Days | None) -> Iterator[tuple[str, str | None]]:
    """Whatever lies in the data folders, with its date."""
    layout = log.layout
    roots = [layout.records] if days else [layout.records, layout.rejects, layout.facts]
    folders: list[str] = []
    for root in roots:
        for entry in log.store.list(root):
            day = entry.name.partition("=")[2]
            if entry.is_folder and is_selected(day, days):
                folders.append(f"{root}/{entry.name}")
            elif days is None:
                yield f"{root}/{entry.name}", None
    for folder, entries in zip(folders, log.pool.map(log.store.list, folders), strict=True):
        day = posixpath.basename(folder).partition("=")[2]
        yield from ((f"{folder}/{entry.name}", day) for entry in entries)


def _is_there(log: CommitLog, path: str) -> bool:
    return any(entry.name == posixpath.basename(path) for entry in log.store.list(posixpath.dirname(path)))
