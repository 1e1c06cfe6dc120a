"""Files of a root that belong to one commit: those that the log names, and what was published by then.

Not among them: what is being staged, what commits have taken out, what is being restored, and Delta tables,
which are made of the releases.
"""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State


class RootFile(NamedTuple):
    """One file to be copied."""

    path: str
    """Below the root."""
    source: str
    """Where it lies now; a file that was taken out meanwhile lies aside."""
    length: int
    sha256: str | None
    """As the log has it; None: the content says."""
    is_fixed: bool
    """Never written again under its name."""


_FIXED = ("_ht/log/", "_ht/issues/", "_ht/releases/", "_ht/cubes/", "_ht/runs/", "_ht/noisy_draws/")
_MARKS = "_ht/runs/failed/"


def select_files(log: CommitLog, state: State) -> Iterator[RootFile]:
    """List the files of the root at `state`, in no order."""
    layout = log.layout
    indexes = (state.files, state.reject_files, state.fact_files)
    live = [file for index in indexes for files in index.values() for file in files.values()]
    places = log.locate([file.dst for file in live])
    for file, place in zip(live, places, strict=True):
        yield RootFile(_below(layout, file.dst), place, file.bytes, file.sha256, is_fixed=True)
    for path, length in _walk(log, layout.root):
        name = _below(layout, path)
        if _belongs(name, state):
            fixed = name.startswith(_FIXED) and not name.startswith(_MARKS)
            yield RootFile(name, path, length, None, fixed)


def _walk(log: CommitLog, root: str) -> Iterator[tuple[str, int]]:
    """All files below the root but data files, level by level; many folders are listed at once."""
    layout = log.layout
    left_out = {
        layout.records, layout.rejects, layout.facts, layout.staging, layout.removed_days,
        f"{layout.state}/preflight", layout.restoring, layout.delta_tables,
    }  # fmt: skip
    folders = [root]
    while folders:
        deeper: list[str] = []
        for folder, entries in zip(folders, log.pool.map(log.store.list, folders), strict=True):
            for entry in entries:
                path = f"{folder}/{entry.name}"
                if path in left_out or entry.name == "staging" or entry.name.endswith(".aside"):
                    continue
                if entry.is_folder:
                    deeper.append(path)
                else:
                    yield path, entry.length
        folders = deeper


def _belongs(name: str, state: State) -> bool:
    """Whether a file is of the commit or earlier; of the log, and of issues by the number on record."""
    folder, _, base = name.rpartition("/")
    if folder.startswith("_ht/log/lists/"):
        return int(base.split(".")[1].partition("-")[0]) <= state.seq
    if folder == "_ht/verified":
        return int(base.partition("-")[0]) <= state.seq
    if folder.startswith("_ht/log/"):
        return int(base.partition(".")[0]) <= state.seq
    for kind, recorded in (("_ht/issues/", state.issues), ("_ht/releases/", state.releases)):
        if folder.startswith(kind):
            day = folder.removeprefix(kind).split("/")[0].partition("=")[2]
            number = folder.rpartition("/copies/")[2] if "/copies/" in folder else base
            newest = recorded.get(day)
            return newest is None or int(number.partition("-")[0].partition(".")[0]) <= newest[0]
    return True


def _below(layout: Layout, path: str) -> str:
    return posixpath.relpath(path, layout.root)
