"""What a place of backups holds: contents by their SHA-256, and a list of files for each backup.

objects/ab/<sha256>          content of a file, once, however many backups and files have it
backups/<seq>-<digest>.json  one backup: its files by path; written last, so without it there is none
"""

import re
from collections.abc import Iterable

import msgspec

from healthtrends.errors import DamageFound, UsageError
from healthtrends.storage.layout import SEQ_DIGITS, new_nonce
from healthtrends.storage.manifest import digest
from healthtrends.storage.root_format import put_whole
from healthtrends.storage.store_pool import StorePool

VERSION = 1
_NAME = re.compile(r"(\d{12})-([0-9a-f]{16})\.json")


class BackedUpFile(msgspec.Struct, frozen=True, array_like=True):
    """One file of a backup."""

    path: str
    """Below the root, without a slash before it."""
    sha256: str
    bytes: int


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """One backup: the root as of commit `seq`."""

    version: int = VERSION
    seq: int
    head: str | None
    """`SEQ:HASH`, as `verify` prints it."""
    root: str
    """Path of the root; its log names files by it."""
    root_id: str
    root_format: int
    key_id: str | None
    """Key of the newest pseudonyms; the key itself is in no backup."""
    made_at: str
    program_version: str
    files: tuple[BackedUpFile, ...]


_DECODER = msgspec.json.Decoder(Backup)


class Catalogue:
    """The backups of one place."""

    def __init__(self, pool: StorePool, base: str, place: str) -> None:
        """`base`: folder of the place in the store of `pool`; `place`: its name in messages."""
        self.pool = pool
        self._base = base
        self._place = place

    def object_path(self, sha256: str) -> str:
        """Path of a content."""
        return f"{self._base}/objects/{sha256[:2]}/{sha256}"

    def object_aside(self) -> str:
        """Temporary path of a content whose copy is not checked yet."""
        return f"{self._base}/unfinished/{new_nonce()}"

    def drop_unfinished(self) -> None:
        """Remove what killed backups left."""
        self.pool.store.delete(f"{self._base}/unfinished")

    def objects(self) -> dict[str, int]:
        """Length of each content that is there."""
        store = self.pool.store
        folders = [f"{self._base}/objects/{entry.name}" for entry in store.list(f"{self._base}/objects")]
        return {entry.name: entry.length for found in self.pool.map(store.list, folders) for entry in found}

    def backups(self) -> list[Backup]:
        """All whole backups, the newest last. Raises DamageFound."""
        return [backup for _, backup in self._paths()]

    def _paths(self) -> list[tuple[str, Backup]]:
        folder = f"{self._base}/backups"
        names = [entry.name for entry in self.pool.store.list(folder) if _NAME.fullmatch(entry.name)]
        found = [(f"{folder}/{name}", self._load(name)) for name in names]
        return sorted(found, key=lambda each: (each[1].seq, each[1].made_at))

    def newest(self, seq: int | None = None) -> Backup:
        """Return the newest backup, or that of a commit. Raises UsageError when there is none."""
        found = [backup for backup in self.backups() if seq in (None, backup.seq)]
        if not found:
            wanted = "" if seq is None else f" of commit {seq}"
            raise UsageError(
                f"there is no whole backup{wanted} in {self._place}",
                "it holds none, or the backup was not finished",
                "`healthtrends backup` makes or finishes it",
            )
        return found[-1]

    def add(self, backup: Backup) -> None:
        """Put a backup on record, once all its contents are there."""
        content = msgspec.json.encode(backup) + b"\n"
        path = f"{self._base}/backups/{_name(backup.seq, content)}"
        put_whole(self.pool.store, f"{self._base}/unfinished/{new_nonce()}", path, content)

    def keep(self, number: int) -> int:
        """Delete all but the newest backups, and contents that none of these has; return how many backups."""
        found = self._paths()
        kept, gone = found[-number:], found[:-number]
        self.pool.delete_all(path for path, _ in gone)
        needed = {file.sha256 for _, backup in kept for file in backup.files}
        self.pool.delete_all(self.object_path(sha256) for sha256 in self.objects() if sha256 not in needed)
        return len(gone)

    def _load(self, name: str) -> Backup:
        path = f"{self._base}/backups/{name}"
        content = self.pool.store.read(path)
        try:
            found = _DECODER.decode(content)
        except msgspec.DecodeError as error:
            raise DamageFound(f"{path} cannot be read", str(error), "use another backup") from error
        if _name(found.seq, content) != name:
            raise DamageFound(f"{path} is not what was written", "", "use another backup")
        if found.version > VERSION:
            raise DamageFound(
                f"{path} has version {found.version}", f"healthtrends {found.program_version} wrote it",
                "use that version or a newer one",
            )  # fmt: skip
        return found


def _name(seq: int, content: bytes) -> str:
    return f"{seq:0{SEQ_DIGITS}d}-{digest(content)[:16]}.json"


def total(files: Iterable[BackedUpFile]) -> int:
    """Bytes of the files."""
    return sum(file.bytes for file in files)
