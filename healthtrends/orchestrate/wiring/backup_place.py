"""Opens the place of backups, and the bare root that one is restored into."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.adapters.localfs import LocalStore
from healthtrends.config import Settings
from healthtrends.errors import UsageError
from healthtrends.observe import progress
from healthtrends.orchestrate.steps import Steps
from healthtrends.orchestrate.wiring.local_stack import resolve_addresses
from healthtrends.orchestrate.wiring.place_address import place_address
from healthtrends.orchestrate.wiring.rights_check import rights_of
from healthtrends.storage.access_rights import PRIVATE
from healthtrends.storage.backup.catalogue import Backup, Catalogue
from healthtrends.storage.backup.restore import restore
from healthtrends.storage.layout import Layout
from healthtrends.storage.ports import FileStore
from healthtrends.storage.store_pool import StorePool


@contextmanager
def open_place(settings: Settings, url: str) -> Iterator[Catalogue]:
    """Open a folder of this machine, or one on an HDFS: `hdfs://host:port/folder`. Raises UsageError.

    What is made there is for this user alone. `[hdfs.client]` holds for each HDFS.
    """
    store, base = _store_of(settings, url)
    try:
        with closing(StorePool(store)) as pool:
            yield Catalogue(pool, base, url)
    except OSError as error:  # of a folder of this machine: an HDFS has errors of its own
        raise UsageError(
            f"{url} cannot be used for backups",
            error.strerror or type(error).__name__,
            "name a folder that this user may write, on a disk with space; a backup that began goes on there",
        ) from error


def restore_root(
    settings: Settings, note: Callable[[str], None], url: str, seq: int | None = None
) -> tuple[Settings, Backup]:
    """Restore the newest backup of a place, or that of a commit, into the configured root, which is empty.

    Raises as `restore`.
    """
    settings = resolve_addresses(settings, note)
    layout = Layout(settings.hdfs.root)
    store = HdfsStore(settings.hdfs.url or "", settings.hdfs.client, rights_of(settings))
    steps = Steps(settings.retry.deadline)
    with (
        open_place(settings, url) as catalogue,
        closing(StorePool(store)) as pool,
        progress("restore", None, "bytes") as bar,
    ):
        backup = steps.run("find the backup", lambda _: catalogue.newest(seq))
        steps.run("restore", lambda _: restore(pool, layout, catalogue, backup, bar))
    return settings, backup


def _store_of(settings: Settings, url: str) -> tuple[FileStore, str]:
    place = place_address(url, "backups")
    if not place.hdfs:
        return LocalStore(Path(place.path).expanduser().absolute(), PRIVATE, os.fsync), ""
    if f"{place.path}/".startswith(f"{settings.hdfs.root}/"):
        raise UsageError(
            f"{url} lies in the root", "a backup of it would hold the backups", "name another folder"
        )
    return HdfsStore(place.hdfs, settings.hdfs.client, PRIVATE), place.path
