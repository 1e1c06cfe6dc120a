"""Where files lie: renamed from staging to their places, and from there aside when a commit drops them."""

from collections.abc import Sequence

from healthtrends.errors import HdfsUnavailable
from healthtrends.storage.layout import Layout
from healthtrends.storage.manifest import Manifest
from healthtrends.storage.parallel import SideBySide


class Places:
    """The files of one root; any writer may move them for the newest commit, twice too."""

    def __init__(self, calls: SideBySide, layout: Layout) -> None:
        self._calls = calls
        self._store = calls.store
        self._layout = layout

    def settle(self, manifest: Manifest) -> list[str]:
        """Do the moves of a commit; returns the final paths of files it adds that are nowhere.

        What it takes out may be gone for good: lost before, or its grace period is over.
        """
        added = [(file.src, file.dst) for file in manifest.placed]
        aside = [
            (path, self._layout.removed(manifest.clock_date, manifest.seq, path)) for path in manifest.remove
        ]
        found = list(self._calls.map(lambda move: self._moved(*move), added + aside))
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
        # Never infer from the kind of error: a missing parent and a missing source look alike.
        if self._store.length(dst) is not None:
            return True
        if failure is not None and self._store.length(src) is not None:
            raise failure
        return False

    def locate(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Return where files of an older number lie now: in place, or where a later commit put them.

        A path that is in neither place is returned as it is.
        """
        found = zip(paths, self._calls.map(self._store.length, paths), strict=True)
        return tuple(path if length is not None else self._aside(path) for path, length in found)

    def _aside(self, path: str) -> str:
        for day in self._store.list(self._layout.removed_days):
            for seq in self._store.list(f"{self._layout.removed_days}/{day.name}"):
                aside = self._layout.removed(day.name, int(seq.name), path)
                if self._store.length(aside) is not None:
                    return aside
        return path
