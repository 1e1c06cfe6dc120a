"""P4 and P5: the files of a committed issue go to the folders that people and programs read.

    per folder: drop _SUCCESS, rename the files over the old ones, write _SUCCESS; then delete the staging

HDFS cannot replace a non-empty folder, so a reader of the folders trusts `_SUCCESS`. The staging folder's
existence is what says that an issue is not installed yet; any run may go on where another died.
"""

import contextlib
from collections.abc import Callable, Iterator

from healthtrends.errors import DamageFound, HdfsUnavailable
from healthtrends.publish.issued import Issue, IssuedFile
from healthtrends.storage.layout import ISSUE_DIGITS, Layout
from healthtrends.storage.manifest import digest
from healthtrends.storage.parallel import SideBySide

CSV_NAME = "part-00000.csv"
META_NAME = "_meta.json"
SUCCESS_NAME = "_SUCCESS"

_REPAIR = "restore it from a backup; `healthtrends run DATE --reprocess all` publishes the date anew"


class Installer:
    """Puts issues in place under one root."""

    def __init__(self, calls: SideBySide, layout: Layout) -> None:
        self._calls = calls
        self._store = calls.store
        self._layout = layout

    def staged(self, issue: Issue) -> str:
        """Folder where the files of an issue wait; named as in its copy, and `issue.json`."""
        return f"{self._layout.issue_staging(issue.date)}/{issue.folder}"

    def copy(self, issue: Issue) -> str:
        """Folder of the immutable copy."""
        return self._layout.issue_copy(issue.date, issue.number, issue.nonce)

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
        self._calls.delete_all(f"{staging}/{name}" for name in older)
        folders = _places(issue)
        list(self._calls.map(lambda folder: self._fill(issue, folder, folders[folder]), folders))
        self._store.delete(self.staged(issue))

    def wrong_files(self, issue: Issue) -> list[tuple[str, str]]:
        """Files in the folders that are not those of the issue, with what is wrong; all are read."""
        marks = {f"{self._layout.report(name, issue.date)}/{SUCCESS_NAME}": "" for name in _places(issue)}
        wanted = {
            f"{self._layout.report(folder, issue.date)}/{name}": self._sha256(issue, staged)
            for folder, files in _places(issue).items()
            for staged, name in files.items()
        }
        paths = [*wanted, *marks]
        found = zip(paths, self._calls.map(self._digest, paths), strict=True)
        return [
            (path, "it is missing" if sha256 is None else "it is not what was published")
            for path, sha256 in found
            if sha256 is None or wanted.get(path, sha256) != sha256
        ]

    def read_copy(self, issue: Issue, name: str) -> bytes:
        """One file of the immutable copy. Raises DamageFound when it is not what was published."""
        path = f"{self.copy(issue)}/{name}"
        try:
            content = self._store.read(path)
        except FileNotFoundError:
            raise DamageFound(f"{path} is missing", "", _REPAIR) from None
        known = known_files(issue).get(name)
        if known is not None and digest(content) != known.sha256:
            raise DamageFound(f"{path} differs from its issue", "", _REPAIR)
        return content

    def _sha256(self, issue: Issue, name: str) -> str:
        """What a file should be: as the issue says, or, of one that an earlier version left out, its copy."""
        known = known_files(issue).get(name)
        return known.sha256 if known else digest(self.read_copy(issue, name))

    def _digest(self, path: str) -> str | None:
        try:
            return digest(self._store.read(path))
        except FileNotFoundError:
            return None

    def restore(self, issue: Issue, is_newest: Callable[[], bool]) -> bool:
        """Put back what somebody deleted or changed, from the immutable copy; True when there was any.

        `is_newest` is asked once the files are staged: in the place of a later issue nothing is put.
        Raises DamageFound when the copy itself is damaged: then nothing is changed.
        """
        if not self.wrong_files(issue):
            return False
        try:
            self._stage_again(issue)
        except (FileExistsError, FileNotFoundError):
            return False  # another run is at it, or has published and deleted what was staged
        if not is_newest():
            self._store.delete(self.staged(issue))
            return False
        self.install(issue)
        return True

    def _stage_again(self, issue: Issue) -> None:
        names = [name for files in _places(issue).values() for name in files]
        contents = list(self._calls.map(lambda name: self.read_copy(issue, name), names))
        staged = self.staged(issue)
        self._calls.write_all({f"{staged}/{name}": c for name, c in zip(names, contents, strict=True)})

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
            self._calls.write(f"{target}/{SUCCESS_NAME}", b"")
        except FileExistsError:
            return  # of another installer; should it delete it once more, it writes it once more too
        except HdfsUnavailable:
            if self._store.length(f"{target}/{SUCCESS_NAME}") is None:
                raise


def known_files(issue: Issue) -> dict[str, IssuedFile]:
    """Digests that the issue holds, by name in the copy."""
    return {
        **{f"{name}.csv": file for name, file in issue.reports.items()},
        **{f"{name}.json": file for name, file in issue.metas.items()},
        **issue.attachments,
    }


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
