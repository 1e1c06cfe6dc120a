"""P4 and P5: the files of a committed issue go to the folders that people and programs read.

    per folder: drop _SUCCESS, rename the files over the old ones, write _SUCCESS; then delete the staging

Folders whose files are the same as in the issue before are left alone. An issue that takes the reports of its
date back has no files: the date's folders are deleted instead.

HDFS cannot replace a non-empty folder, so a reader of the folders trusts `_SUCCESS`. The staging folder's
existence is what says that an issue is not installed yet; any run may go on where another died.
"""

import contextlib
from collections.abc import Callable, Iterator

from healthtrends.errors import HdfsUnavailable
from healthtrends.publish.copies import ByNumber, Copies, holder, own_files
from healthtrends.publish.issue_manifest import Issue
from healthtrends.storage.layout import ISSUE_DIGITS, Layout
from healthtrends.storage.manifest import digest
from healthtrends.storage.store_pool import StorePool

CSV_NAME = "part-00000.csv"
META_NAME = "_meta.json"
SUCCESS_NAME = "_SUCCESS"

EXPORTS = "exports"
"""Folder of the attachments."""


class Installer:
    """Puts issues in place under one root."""

    def __init__(self, pool: StorePool, layout: Layout, copies: Copies) -> None:
        self._pool = pool
        self._store = pool.store
        self._layout = layout
        self._copies = copies

    def staged(self, issue: Issue) -> str:
        """Folder where the files of an issue wait; named as in its copy, and `issue.json`."""
        return f"{self._layout.issue_staging(issue.date)}/{issue.folder}"

    def is_waiting(self, issue: Issue) -> bool:
        """Whether the issue is not, or not wholly, in place."""
        waiting = {entry.name for entry in self._store.list(self._layout.issue_staging(issue.date))}
        return issue.folder in waiting

    def install(self, issue: Issue) -> None:
        """P4 and P5. A paused publisher of an older issue finds its staging gone, and nothing to rename."""
        staging = self._layout.issue_staging(issue.date)
        names = [entry.name for entry in self._store.list(staging)]
        # Not those of the same number: their publisher has just lost it and takes the next.
        older = [name for name in names if int(name[:ISSUE_DIGITS]) < issue.number]
        self._pool.delete_all(f"{staging}/{name}" for name in older)
        if issue.is_withdrawal:
            self._pool.delete_all(self._folders(issue))
        staged = {entry.name for entry in self._store.list(self.staged(issue))}
        folders = {
            folder: files
            for folder, files in _places(issue).items()
            if folder in staged or any(name in own_files(issue) or name in staged for name in files)
        }
        list(self._pool.map(lambda folder: self._fill(issue, folder, folders[folder]), folders))
        if EXPORTS not in _places(issue):  # those of an issue before would look current
            self._store.delete(self._layout.report(EXPORTS, issue.date))
        self._store.delete(self.staged(issue))

    def placed(self, issue: Issue) -> list[str]:
        """Paths of all files of an issue in the folders, with the marks."""
        return [
            f"{self._layout.report(folder, issue.date)}/{name}"
            for folder, files in _places(issue).items()
            for name in (*files.values(), SUCCESS_NAME)
        ]

    def wrong_files(self, issue: Issue, by_number: ByNumber) -> list[tuple[str, str]]:
        """Files in the folders that are not those of the issue, with what is wrong; all are read."""
        if issue.is_withdrawal:
            left = [folder for folder in self._folders(issue) if self._store.list(folder)]
            return [(folder, "it is there, and the date is unpublished") for folder in left]
        marks = {f"{self._layout.report(name, issue.date)}/{SUCCESS_NAME}": "" for name in _places(issue)}
        known = self._digests(issue, by_number)
        wanted = {
            f"{self._layout.report(folder, issue.date)}/{name}": known[staged]
            for folder, files in _places(issue).items()
            for staged, name in files.items()
        }
        paths = [*wanted, *marks]
        found = zip(paths, self._pool.map(self._digest, paths), strict=True)
        return [
            (path, "it is missing" if sha256 is None else "it is not what was published")
            for path, sha256 in found
            if sha256 is None or wanted.get(path, sha256) != sha256
        ]

    def _digests(self, issue: Issue, by_number: ByNumber) -> dict[str, str]:
        """What each file should be: as its holder says, or, of one that version 1 left out, its copy."""
        names = [name for files in _places(issue).values() for name in files]
        holders = {number: by_number(number) for number in {holder(issue, name) for name in names}}
        found: dict[str, str] = {}
        for name in names:
            known = own_files(holders[holder(issue, name)]).get(name)
            content = b"" if known else self._copies.read(issue, [name], by_number)[name]
            found[name] = known.sha256 if known else digest(content)
        return found

    def _folders(self, issue: Issue) -> list[str]:
        """Published folders of the issue's date, whatever issue they are of."""
        names = [entry.name for entry in self._store.list(self._layout.reports) if entry.is_folder]
        return [self._layout.report(name, issue.date) for name in names]

    def _digest(self, path: str) -> str | None:
        try:
            return digest(self._store.read(path))
        except FileNotFoundError:
            return None

    def restore(self, issue: Issue, is_newest: Callable[[], bool], by_number: ByNumber) -> bool:
        """Put back what somebody deleted or changed, from the immutable copies; True when there was any.

        `is_newest` is asked once the files are staged: in the place of a later issue nothing is put.
        Raises DamageFound when a copy itself is damaged: then nothing is changed.
        """
        if not self.wrong_files(issue, by_number):
            return False
        try:
            self._stage_again(issue, by_number)
        except (FileExistsError, FileNotFoundError):
            return False  # another run is at it, or has published and deleted what was staged
        if not is_newest():
            self._store.delete(self.staged(issue))
            return False
        self.install(issue)
        return True

    def _stage_again(self, issue: Issue, by_number: ByNumber) -> None:
        names = [name for files in _places(issue).values() for name in files]
        contents = self._copies.read(issue, names, by_number)
        staged = self.staged(issue)
        self._pool.write_all({f"{staged}/{name}": content for name, content in contents.items()})

    def _fill(self, issue: Issue, folder: str, files: dict[str, str]) -> None:
        """Bring one folder to the state of the issue."""
        target = self._layout.report(folder, issue.date)
        self._store.delete(f"{target}/{SUCCESS_NAME}")
        for staged, name in files.items():
            with contextlib.suppress(FileNotFoundError):  # done by whoever finished this issue before
                self._store.rename(f"{self.staged(issue)}/{staged}", f"{target}/{name}", replace=True)
        if any(self._store.length(f"{target}/{name}") is None for name in files.values()):
            return  # a restoring run died before it had staged this one; `restore` takes it up again
        try:
            self._pool.write(f"{target}/{SUCCESS_NAME}", b"")
        except FileExistsError:
            return  # of another installer; should it delete it once more, it writes it once more too
        except HdfsUnavailable:
            if self._store.length(f"{target}/{SUCCESS_NAME}") is None:
                raise


def _places(issue: Issue) -> dict[str, dict[str, str]]:
    """By folder under `reports/`: name in the staging folder and in the copy -> name in its place."""
    places = {name: {f"{name}.csv": CSV_NAME, f"{name}.json": META_NAME} for name in issue.reports}
    for folder, name in _attached(issue):
        places.setdefault(folder, {})[f"{folder}/{name}"] = name
    return places


def _attached(issue: Issue) -> Iterator[tuple[str, str]]:
    """Folder and name of each attachment that is put in place; pages, of earlier versions, are not."""
    for path in issue.attachments:
        folder, _, name = path.partition("/")
        if folder != "page":
            yield folder, name
