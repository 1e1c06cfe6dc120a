"""Moves of files between folders: from staging to the data folders, and aside when a commit removes them."""

from collections.abc import Sequence

from healthtrends.errors import HdfsUnavailable
from healthtrends.storage.layout import Layout
from healthtrends.storage.manifest import Manifest
from healthtrends.storage.store_pool import StorePool


class FilePlacement:
    """The files of one root; any writer may move them for the newest commit, twice too."""

    def __init__(self, pool: StorePool, layout: Layout) -> None:
        self._pool = pool
        self._store = pool.store
        self._layout = layout

    def apply(self, manifest: Manifest) -> list[str]:
        """Do the moves of a commit; returns the final paths of files it adds that are nowhere.

        What it takes out may be gone for good: lost before, or its grace period is over.
        """
        added = [(file.src, file.dst) for file in manifest.placed]
        aside = [
            (path, self._layout.removed(manifest.clock_date, manifest.seq, path)) for path in manifest.remove
        ]
        found = list(self._pool.map(lambda move: self._moved(*move), added + aside))
        return [dst for (_, dst), is_there in zip(added, found, strict=False) if not is_there]

    def _moved(self, src: str, dst: str) -> bool:
        """Move one file unless it was moved before; False when it is nowhere."""
        failure: Exception | None = None
        if self._store.length(src) is not None:
            try:
                self._store.rename(src, dst)
            except (OSError, HdfsUnavailable) as error:
                failure = error
            else:
                return True
        # The kind of error proves nothing: a missing parent and a missing source give the same one.
        if self._store.length(dst) is not None:
            return True
        if failure is None:
            return False
        if self._store.length(src) is not None:
            raise failure
        # Between these two looks another writer may have moved it.
        return self._store.length(dst) is not None

    def locate(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Return where files of an older number lie now: in place, or where a later commit put them.

        A path that is in neither place is returned as it is.
        """
        found = zip(paths, self._pool.map(self._store.length, paths), strict=True)
        return tuple(path if length is not None else self._aside(path) for path, length in found)

    def _aside(self, path: str) -> str:
        for day in self._store.list(self._layout.removed_days):
            for seq in self._store.list(f"{self._layout.removed_days}/{day.name}"):
                aside = self._layout.removed(day.name, int(seq.name), path)
                if self._store.length(aside) is not None:
                    return aside
        return path
