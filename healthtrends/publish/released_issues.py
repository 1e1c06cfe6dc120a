"""Issues of the house that releases were made of: retention leaves them, and `verify` asks for them.

    who releases   stages the release, then looks whether retention takes its issue, then commits
    who retires    says how far retention goes, then looks for releases, staged ones too, then deletes

So of two at the same time at least one sees the other.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

import msgspec

from healthtrends.errors import DamageFound
from healthtrends.publish.issue_manifest import Issue
from healthtrends.storage.layout import Layout, ReleaseLayout
from healthtrends.storage.store_pool import StorePool

_RELEASE = msgspec.json.Decoder(Issue)


class ReleasedIssues:
    """What the releases of one root were made of."""

    def __init__(self, pool: StorePool, layout: Layout) -> None:
        self._pool = pool
        self._store = pool.store
        self._layout = ReleaseLayout(layout.root)

    def numbers(self, date: dt.date) -> frozenset[int]:
        """Numbers of the issues of a date that a release names, also one that waits for its number.

        Raises DamageFound when a release cannot be read, HdfsUnavailable.
        """
        waiting = list(self._staged(date))  # first: it may be committed while this looks
        return frozenset(_named([*waiting, *self._committed(date)]))

    def required(self, date: dt.date) -> frozenset[int]:
        """Those of releases that were made since retention leaves their issues. Raises as `numbers`."""
        return frozenset(_named(each for each in self._committed(date) if each.keeps_issue))

    def _committed(self, date: dt.date) -> Iterator[Issue]:
        folder = self._layout.issues(date)
        paths = [
            f"{folder}/{entry.name}" for entry in self._store.list(folder) if entry.name.endswith(".json")
        ]
        for path, content in zip(paths, self._pool.map(self._store.read, paths), strict=True):
            try:
                yield _RELEASE.decode(content)
            except msgspec.DecodeError as error:
                raise DamageFound(f"{path} cannot be read", str(error), "restore it from a backup") from error

    def _staged(self, date: dt.date) -> Iterator[Issue]:
        folder = self._layout.issue_staging(date)
        for entry in self._store.list(folder):
            try:
                yield _RELEASE.decode(self._store.read(f"{folder}/{entry.name}/issue.json"))
            except (FileNotFoundError, msgspec.DecodeError):
                continue  # committed, or not whole: whoever writes it looks at the issue only afterwards


def _named(releases: Iterable[Issue]) -> Iterator[int]:
    return (each.source.release.issue for each in releases if each.source.release is not None)
