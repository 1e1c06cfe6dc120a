"""Restores a backup into an empty root, which is marked until the last file is there: nobody uses it."""

import threading
from contextlib import suppress

import msgspec

from healthtrends.errors import RootRefused, UsageError
from healthtrends.observe import Bar
from healthtrends.storage.backup.catalogue import BackedUpFile, Backup, Catalogue, total
from healthtrends.storage.backup.copy import copy_aside, copy_each, differs, put_in_place
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.root_format import FORMAT, put_whole
from healthtrends.storage.store_pool import StorePool


def restore(pool: StorePool, layout: Layout, catalogue: Catalogue, backup: Backup, bar: Bar) -> None:
    """Copy all files of a backup; a restore that was killed goes on.

    Raises UsageError for a root that is not empty or lies at another path, RootRefused for a newer format,
    DamageFound for a damaged backup, HdfsUnavailable.
    """
    _check(pool, layout, backup)
    bar.set_total(total(backup.files))
    work = _Restore(pool, layout, catalogue, bar)
    for _ in copy_each(pool, work.copy, backup.files, lambda file: file.bytes):
        pass
    pool.store.delete(work.folder)
    pool.store.delete(layout.restoring)


def _check(pool: StorePool, layout: Layout, backup: Backup) -> None:
    """Check that the backup may come here, and mark the root."""
    if backup.root != layout.root:
        raise UsageError(
            f"the backup is of the root {backup.root}, and hdfs.root is {layout.root}",
            "its log names files by their path",
            f"set hdfs.root to {backup.root}; the cluster may be another one",
        )
    if backup.root_format > FORMAT:
        raise RootRefused(
            f"the backup is of a root of format {backup.root_format}",
            f"this program knows formats up to {FORMAT}",
            f"use healthtrends {backup.program_version} or a newer one",
        )
    mark = msgspec.json.encode({"root_id": backup.root_id, "seq": backup.seq, "made_at": backup.made_at})
    with suppress(FileNotFoundError):
        if pool.store.read(layout.restoring) == mark:
            return
        raise UsageError(
            f"another restore into {layout.root} was not finished",
            "",
            "finish it with the same --commit, or delete the root",
        )
    if pool.store.list(layout.root):
        raise UsageError(
            f"the root {layout.root} is not empty",
            "a restore does not mix with what is there",
            "delete it, or move it away, or restore to another cluster",
        )
    put_whole(pool.store, layout.aside_of(layout.restoring), layout.restoring, mark)


class _Restore:
    """Copies of one restore."""

    def __init__(self, pool: StorePool, layout: Layout, catalogue: Catalogue, bar: Bar) -> None:
        self.folder = f"{layout.staging}/restore"
        """Where files are until they are checked."""
        self._store = pool.store
        self._root = layout.root
        self._catalogue = catalogue
        self._bar = bar
        self._lock = threading.Lock()

    def copy(self, file: BackedUpFile) -> None:
        """Put one file in its place, unless an earlier attempt did."""
        path = f"{self._root}/{file.path}"
        if self._store.length(path) != file.bytes:
            content, aside = self._catalogue.object_path(file.sha256), f"{self.folder}/{new_nonce()}"
            repair = "use another backup: `healthtrends restore --commit N`"
            try:
                found, _ = copy_aside(self._catalogue.pool.store, content, self._store, aside, file.bytes)
            except FileNotFoundError:
                raise differs(content, "none, it is gone", repair) from None
            if found != file.sha256:
                raise differs(content, found, repair)
            put_in_place(self._store, aside, path)
        with self._lock:
            self._bar.advance(file.bytes)
