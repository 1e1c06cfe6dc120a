"""Looks whether the record files that the log names are there, before reports of them are published.

A cube stands for its files, so reports could be made of it when these are gone. Their numbers would rest on
nothing that can be read again, and nobody would be told.
"""

import datetime as dt
import posixpath
from collections.abc import Sequence
from functools import partial

from healthtrends.errors import DamageFound, HdfsUnavailable
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import StagedFile
from healthtrends.storage.state import State


def check_record_files(log: CommitLog, state: State, dates: Sequence[dt.date]) -> None:
    """Compare names and lengths with the log; `verify` reads what the files hold.

    Raises DamageFound, and HdfsUnavailable while a commit is being put in place.
    """
    named = [date for date in map(dt.date.isoformat, dates) if date in state.files]
    found = zip(named, log.pool.map(partial(_wrong, log, state), named), strict=True)
    wrong = {date: paths for date, paths in found if paths}
    if not wrong:
        return
    date, paths = next(iter(wrong.items()))
    raise DamageFound(
        f"record files of {', '.join(wrong)} are missing or cut: {sum(map(len, wrong.values())):,}",
        f"the log names {paths[0]}",
        f"`healthtrends ingest --restage {paths[0]}` makes a file again from the topic; "
        f"`healthtrends verify {date}` names all; nothing was published",
    )


def _wrong(log: CommitLog, state: State, date: str) -> list[str]:
    """Paths of a date's files that are neither in place, nor aside, nor on the way."""
    files = state.files.get(date, {})
    folders = {posixpath.dirname(path) for path in files}
    there = {f"{folder}/{entry.name}": entry.length for folder in folders for entry in log.store.list(folder)}
    absent = [file for path, file in files.items() if there.get(path) != file.bytes]
    places = log.locate([file.dst for file in absent])
    return [
        file.dst for file, place in zip(absent, places, strict=True) if not _is_elsewhere(log, file, place)
    ]


def _is_elsewhere(log: CommitLog, file: StagedFile, place: str) -> bool:
    """Whether a later commit took it out, so that readers of this state find it aside."""
    if log.store.length(file.src) is not None:
        raise HdfsUnavailable(f"files of {file.date} are being put in place", "", "run again")
    return place != file.dst
