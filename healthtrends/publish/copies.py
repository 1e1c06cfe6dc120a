"""The immutable copies of issues: one archive an issue, of the files that no earlier issue has.

A file with the same bytes as before is not stored again: the issue names the one whose copy has it, and the
SHA-256 proves it. Earlier versions kept a folder an issue, with all its files.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby

from healthtrends.errors import DamageFound, UsageError
from healthtrends.publish.issue_manifest import FOLDERS, Issue, IssuedFile
from healthtrends.storage.layout import Layout
from healthtrends.storage.manifest import digest
from healthtrends.storage.store_pool import StorePool

_REPAIR = "restore it from a backup; `healthtrends run DATE --reprocess all` publishes the date anew"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every entry: the same files are the same archive."""

ByNumber = Callable[[int], Issue]
"""Gives the issue of a number, of the date at hand."""


def archive(files: Mapping[str, bytes]) -> bytes:
    """Put files into a ZIP archive, compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def file_names(issue: Issue) -> list[str]:
    """Names in copies of all files of an issue, whoever's copy has them."""
    names = [f"{name}.csv" for name in issue.reports]
    metas = [f"{name}.json" for name in issue.reports] if issue.metas or issue.version > FOLDERS else []
    return [*names, *metas, *issue.attachments]


def own_files(issue: Issue) -> dict[str, IssuedFile]:
    """Digests of the files in the issue's own copy."""
    found = {
        **{f"{name}.csv": file for name, file in issue.reports.items()},
        **{f"{name}.json": file for name, file in issue.metas.items()},
        **issue.attachments,
    }
    return {name: file for name, file in found.items() if file.held is None}


def holder(issue: Issue, name: str) -> int:
    """Number of the issue whose copy has a file of this one; a `_meta.json` is with its CSV by default."""
    stem, _, kind = name.rpartition(".")
    meta = issue.metas.get(stem) if kind == "json" else None
    file = issue.attachments.get(name) or meta or issue.reports.get(stem)
    return issue.number if file is None or file.held is None else file.held


def holders(issue: Issue) -> set[int]:
    """Numbers of all issues whose copies have a file of this one."""
    return {holder(issue, name) for name in file_names(issue)}


class Copies:
    """Reads the copies under one root."""

    def __init__(self, pool: StorePool, layout: Layout) -> None:
        self._pool = pool
        self._layout = layout

    def place(self, issue: Issue) -> str:
        """Where the copy of an issue lies: an archive, or the folder of an earlier version."""
        folder = self._layout.issue_copy(issue.date, issue.number, issue.nonce)
        return folder if issue.version <= FOLDERS else f"{folder}.zip"

    def read(self, issue: Issue, names: Iterable[str], by_number: ByNumber) -> dict[str, bytes]:
        """Files of an issue by name. Raises DamageFound when one is not what was published, UsageError."""
        found: dict[str, bytes] = {}
        of = {name: holder(issue, name) for name in names}
        for number, held in groupby(sorted(of, key=of.__getitem__), of.__getitem__):
            one = issue if number == issue.number else by_number(number)
            for name, content in self._contents(one, list(held)):
                if isinstance(content, DamageFound):
                    raise content
                found[name] = content
        return {name: found[name] for name in of}

    def faults(self, issue: Issue) -> list[str]:
        """What is wrong with the issue's own copy, one sentence a file."""
        try:
            found = self._contents(issue, list(own_files(issue)))
            return [str(content) for _, content in found if isinstance(content, DamageFound)]
        except DamageFound as damage:
            return [str(damage)]

    def _contents(self, issue: Issue, names: list[str]) -> Iterator[tuple[str, bytes | DamageFound]]:
        """Files of the issue's own copy, each judged."""
        if not names:
            return
        read = self._unpacked(issue).get if issue.version > FOLDERS else self._stored(issue)
        contents = self._pool.stream(read, names, 8)
        known = own_files(issue)
        for name, content in zip(names, contents, strict=True):
            path = f"{self.place(issue)}/{name}"
            if content is None:
                yield name, DamageFound(f"{path} is missing", "", _REPAIR)
            elif name in known and digest(content) != known[name].sha256:
                yield name, DamageFound(f"{path} differs from its issue", "", _REPAIR)
            else:
                yield name, content

    def _stored(self, issue: Issue) -> Callable[[str], bytes | None]:
        def read(name: str) -> bytes | None:
            try:
                return self._pool.store.read(f"{self.place(issue)}/{name}")
            except FileNotFoundError:
                return None

        return read

    def _unpacked(self, issue: Issue) -> dict[str, bytes]:
        path = self.place(issue)
        try:
            content = self._pool.store.read(path)
        except FileNotFoundError:
            raise DamageFound(f"{path} is missing", "", _REPAIR) from None
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                return {name: packed.read(name) for name in packed.namelist()}
        except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, EOFError, zlib.error) as error:
            raise DamageFound(f"{path} cannot be read", type(error).__name__, _REPAIR) from error


def dropped(issue: Issue) -> UsageError:
    """Error of who asks for content that retention dropped."""
    return UsageError(
        f"the reports of issue {issue.number} of {issue.date} are kept no more",
        "publish.keep_copies keeps those of the newest issues only",
        f"`healthtrends report {issue.date} --issues` lists what is kept",
    )
