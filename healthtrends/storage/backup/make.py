"""Makes a backup: passes over the root until nothing was published during one, then puts it on record."""

import threading
from collections.abc import Mapping
from typing import NamedTuple

from healthtrends import __version__, clock
from healthtrends.errors import HdfsUnavailable, UsageError
from healthtrends.observe import Bar
from healthtrends.storage.backup.catalogue import BackedUpFile, Backup, Catalogue
from healthtrends.storage.backup.copy import copy_aside, copy_each, differs, put_in_place
from healthtrends.storage.backup.selection import RootFile, select_files
from healthtrends.storage.log import CommitLog
from healthtrends.storage.root_format import root_format
from healthtrends.storage.root_id import ensure_root_id
from healthtrends.storage.state import State

_PASSES = 5


class BackupResult(NamedTuple):
    """What a backup came to."""

    backup: Backup
    copied: int
    """Files whose content was not there yet."""
    copied_bytes: int


def make_backup(log: CommitLog, catalogue: Catalogue, bar: Bar) -> BackupResult:
    """Copy what is missing, and put the backup on record.

    Repeated after a kill it goes on. Raises UsageError for a place of another root, DamageFound for a damaged
    file, HdfsUnavailable.
    """
    name = ensure_root_id(log.pool, log.layout)
    earlier = catalogue.backups()
    if any(backup.root_id != name for backup in earlier):
        raise UsageError(
            "the place holds backups of another root",
            f"of {earlier[-1].root}",
            "give each root its own place",
        )
    catalogue.drop_unfinished()
    known = {(file.path, file.bytes): file.sha256 for backup in earlier[-1:] for file in backup.files}
    work = _Pass(log, catalogue, known, bar)
    for _ in range(_PASSES):
        state = log.recover()
        files = work.copy_all(state)
        if files is not None and _published(log.read_state(since=state)) == _published(state):
            backup = _describe(log, state, name, files)
            catalogue.add(backup)
            return BackupResult(backup, work.copied, work.copied_bytes)
    raise HdfsUnavailable(
        "no backup was made",
        "reports were published all the time",
        "run it when no `healthtrends run` is under way",
    )


def _describe(log: CommitLog, state: State, name: str, files: list[BackedUpFile]) -> Backup:
    return Backup(
        seq=state.seq,
        head=state.head_name,
        root=log.layout.root,
        root_id=name,
        root_format=root_format(log.store, log.layout) or 0,
        key_id=state.key_id,
        made_at=clock.now().isoformat(timespec="milliseconds"),
        program_version=__version__,
        files=tuple(files),
    )


def _published(state: State) -> tuple[object, ...]:
    """All that lies in the root beside the files that the log lists: it must be of the same moment."""
    return (
        dict(state.issues), dict(state.releases), dict(state.cubes), dict(state.retired), dict(state.expired),
        state.erasure, state.erased_until, state.spends,
    )  # fmt: skip


class _Pass:
    """Passes over the root; what one has copied the next finds there."""

    def __init__(
        self, log: CommitLog, catalogue: Catalogue, known: Mapping[tuple[str, int], str], bar: Bar
    ) -> None:
        self._log = log
        self._catalogue = catalogue
        self._known = known
        self._bar = bar
        self._there = catalogue.objects()
        self._lock = threading.Lock()
        self.copied = 0
        self.copied_bytes = 0

    def copy_all(self, state: State) -> list[BackedUpFile] | None:
        """Copy what is not there; None: a file went away meanwhile, so it has to be done again."""
        files = list(select_files(self._log, state))
        self._bar.set_total(sum(file.length for file in files))
        found = list(copy_each(self._log.pool, self._copy, files, lambda file: file.length))
        whole = [file for file in found if file is not None]
        return sorted(whole, key=lambda file: file.path) if len(whole) == len(found) else None

    def _copy(self, file: RootFile) -> BackedUpFile | None:
        sha256 = file.sha256 or (self._known.get((file.path, file.length)) if file.is_fixed else None)
        if sha256 is None or self._there.get(sha256) != file.length:
            aside = self._catalogue.object_aside()
            target = self._catalogue.pool.store
            try:
                found, length = copy_aside(self._log.store, file.source, target, aside, file.length)
            except FileNotFoundError:
                return None
            if file.sha256 not in (None, found):
                target.delete(aside)
                raise differs(
                    file.source, found, "`healthtrends verify` names the repair; then back up again"
                )
            self._keep(aside, found, length)
            file, sha256 = file._replace(length=length), found
        with self._lock:
            self._bar.advance(file.length)
        return BackedUpFile(file.path, sha256, file.length)

    def _keep(self, aside: str, sha256: str, length: int) -> None:
        if self._there.get(sha256) == length:
            self._catalogue.pool.store.delete(aside)
            return
        put_in_place(self._catalogue.pool.store, aside, self._catalogue.object_path(sha256))
        with self._lock:
            self._there[sha256] = length
            self.copied += 1
            self.copied_bytes += length
