"""Folder of this machine with the pages of one root, and a record that names the root.

    <folder>/index.html, assets/, date=D/index.html
    <folder>/pages.json      the root they belong to, and which issue each page shows

A folder that belongs to another root is refused: two roots would overwrite each other's numbers. `pages.json`
is written last, so a page that it does not name is made again.
"""

import hashlib
import re
from pathlib import Path

import msgspec

from healthtrends.errors import ConfigError
from healthtrends.observe import event
from healthtrends.page.document import day_address
from healthtrends.publish.issue_manifest import Issue
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.store_pool import StorePool

RECORD = "pages.json"
_DATE = re.compile(r"date=\d{4}-\d\d-\d\d")
_EARLIER = re.compile(r"issue-\d+\.html")


class ShownPage(msgspec.Struct, frozen=True):
    """Which issue a page shows."""

    issue: str
    """Number and nonce."""
    looks: str
    """Digest of the program's version, scripts, styles, texts and title it was made with."""
    sha256: str


class FolderRecord(msgspec.Struct, kw_only=True):
    """The record in a folder of pages: whose they are, and what each was made of."""

    root_id: str
    address: str
    """Where the root lies, for people."""
    title: str = ""
    pages: dict[str, ShownPage] = {}
    """By date."""


_RECORD = msgspec.json.Decoder(FolderRecord)


class PageFolder:
    """The pages of one root on this machine. Its failures are logged and stop nothing."""

    def __init__(self, local: StorePool, folder: Path, record: FolderRecord) -> None:
        self.folder = folder
        self._local = local
        self._record = record
        self._is_changed = False

    def path(self, address: str) -> Path:
        """File of an address below the folder."""
        return self.folder / address

    def has(self, issue: Issue, looks: str) -> bool:
        """Whether the page of the issue's date shows this issue, and is what was made."""
        shown = self._record.pages.get(issue.date.isoformat())
        return (
            shown is not None
            and self.names(issue, looks)
            and self.sha256(day_address(issue.date)) == shown.sha256
        )

    def names(self, issue: Issue, looks: str) -> bool:
        """Whether the page of the date was made of this issue; its file is not looked at."""
        shown = self._record.pages.get(issue.date.isoformat())
        return shown is not None and (shown.issue, shown.looks) == (issue.folder, looks)

    def has_page(self, date: str) -> bool:
        """Whether there is a page of a date."""
        return date in self._record.pages

    def put(self, issue: Issue, looks: str, content: bytes) -> None:
        """Show an issue as the page of its date."""
        if self.write(day_address(issue.date), content):
            shown = ShownPage(issue.folder, looks, hashlib.sha256(content).hexdigest())
            self._record.pages[issue.date.isoformat()] = shown
            self._is_changed = True

    def write(self, address: str, content: bytes) -> bool:
        """Put a file in place of another, at once, unless it is there; False: it cannot be written."""
        if self.sha256(address) == hashlib.sha256(content).hexdigest():
            return True
        aside = f"/{address}.{new_nonce()}.aside"
        try:
            self._local.write(aside, content)
            self._local.store.rename(aside, f"/{address}", replace=True)
        except OSError as error:
            event(
                "pages.not_written",
                path=str(self.path(address)),
                error=error.strerror or type(error).__name__,
            )
            return False
        return True

    def sha256(self, address: str) -> str | None:
        """Digest of a file; None when it cannot be read."""
        try:
            return hashlib.sha256(self._local.store.read(f"/{address}")).hexdigest()
        except OSError:
            return None

    def save(self, title: str) -> None:
        """Say whose pages these are, and delete those of dates that are not among them."""
        self.delete_others()
        if self._is_changed or self._record.title != title or self.sha256(RECORD) is None:
            self._record.title = title
            self.write(RECORD, msgspec.json.format(msgspec.json.encode(self._record), indent=1) + b"\n")
            self._is_changed = False

    def drop(self, date: str) -> None:
        """Forget the page of a date; `save` deletes it."""
        self._is_changed = self._record.pages.pop(date, None) is not None or self._is_changed

    def delete_earlier(self, date: str) -> None:
        """Delete the pages of earlier issues of a date, which somebody asked for."""
        try:
            names = [entry.name for entry in self._local.store.list(f"/date={date}")]
            for name in names:
                if _EARLIER.fullmatch(name):
                    self._local.store.delete(f"/date={date}/{name}")
        except OSError as error:
            event("pages.not_deleted", error=error.strerror or type(error).__name__)

    def delete_others(self) -> None:
        """Delete pages that are not on record: of an earlier version, or of a date that was unpublished."""
        try:
            names = [entry.name for entry in self._local.store.list("/") if _DATE.fullmatch(entry.name)]
            for name in names:
                if name.removeprefix("date=") not in self._record.pages:
                    self._local.store.delete(f"/{name}")
        except OSError as error:
            event("pages.not_deleted", error=error.strerror or type(error).__name__)


def open_folder(local: StorePool, folder: Path, root_id: str, address: str) -> PageFolder:
    """Open the folder for a root. Raises ConfigError when it belongs to another, or has folders of roots."""
    if roots := root_folders(folder):
        raise ConfigError(
            f"{folder} holds the index of all data roots with pages on this machine",
            f"it has folders of its own for {', '.join(found.address for found in roots.values())}",
            "set publish.local_dir to a folder of its own, or leave it out",
        )
    try:
        found = _RECORD.decode(local.store.read(f"/{RECORD}"))
    except (OSError, msgspec.DecodeError):  # new, of an earlier version, or damaged: all pages are made again
        return PageFolder(local, folder, FolderRecord(root_id=root_id, address=address))
    if found.root_id != root_id:
        raise ConfigError(
            f"{folder} holds the pages of another data root",
            f"they are those of {found.address}, this root is {address}",
            "set publish.local_dir to a folder of its own, or leave it out",
        )
    found.address = address
    return PageFolder(local, folder, found)


def open_index(local: StorePool, pages: Path) -> PageFolder | None:
    """Open the folder that has those of all roots; None: one root was told to use it as its own."""
    if (pages / RECORD).exists():
        return None
    return PageFolder(local, pages, FolderRecord(root_id="", address=""))


def root_folders(pages: Path) -> dict[str, FolderRecord]:
    """Folders of roots below the folder of all pages, by name."""
    found: dict[str, FolderRecord] = {}
    for file in sorted(pages.glob(f"*/{RECORD}")):
        try:
            found[file.parent.name] = _RECORD.decode(file.read_bytes())
        except (OSError, msgspec.DecodeError):
            continue
    return found
