"""A file store in memory that counts: ten years of commits are 100,000s of small files."""

import posixpath
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from io import BytesIO

from healthtrends.storage.ports import Entry


class _Writer(BytesIO):
    """Becomes a file when it is closed."""

    def __init__(self, store: "MemoryStore", path: str) -> None:
        super().__init__()
        self._store, self._path = store, path

    def close(self) -> None:
        if not self.closed:
            self._store.put(self._path, self.getvalue())
        super().close()


class MemoryStore:
    """A `FileStore`: rename without overwrite, folders that last until they are deleted, as on HDFS."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.bytes_read = 0
        self._files: dict[str, bytes] = {}
        self._names: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        """Of each folder, its names; True: a folder."""
        self._lock = threading.RLock()

    def put(self, path: str, content: bytes) -> None:
        with self._lock:
            self._files[path] = content

    def create(self, path: str, size: int | None = None) -> _Writer:
        del size
        with self._lock:
            self.calls["create"] += 1
            if path in self._files:
                raise FileExistsError(path)
            self._files[path] = b""
            self._enter(path, is_folder=False)
        return _Writer(self, path)

    def _enter(self, path: str, *, is_folder: bool) -> None:
        folder, name = posixpath.split(path)
        if name not in self._names[folder] and folder != "/":
            self._enter(folder, is_folder=True)
        self._names[folder][name] = is_folder

    def read(self, path: str) -> bytes:
        with self._lock:
            self.calls["read"] += 1
            if path not in self._files:
                raise FileNotFoundError(path)
            self.bytes_read += len(self._files[path])
            return self._files[path]

    def chunks(self, path: str) -> Iterator[bytes]:
        yield self.read(path)

    def rename(self, src: str, dst: str, *, replace: bool = False) -> None:
        with self._lock:
            self.calls["rename"] += 1
            if src not in self._files:
                raise FileNotFoundError(src)
            if dst in self._files and not replace:
                raise FileExistsError(dst)
            self._files[dst] = self._files[src]
            self._enter(dst, is_folder=False)
            self._drop(src)

    def list(self, folder: str) -> list[Entry]:
        with self._lock:
            self.calls["list"] += 1
            return [
                Entry(name, is_folder, 0 if is_folder else len(self._files[f"{folder}/{name}"]))
                for name, is_folder in sorted(self._names.get(folder, {}).items())
            ]

    def length(self, path: str) -> int | None:
        with self._lock:
            self.calls["length"] += 1
            content = self._files.get(path)
            return None if content is None else len(content)

    def delete(self, path: str) -> None:
        with self._lock:
            self.calls["delete"] += 1
            self._drop(path)

    def _drop(self, path: str) -> None:
        folder, name = posixpath.split(path)
        for below in self._names.pop(path, ()):
            self._drop(f"{path}/{below}")
        self._files.pop(path, None)
        self._names.get(folder, {}).pop(name, None)

    # For those who count ----------------------------------------------------------------------

    def below(self, folder: str) -> tuple[int, int, int]:
        """Files, bytes, and entries of the largest folder."""
        with self._lock:
            files = [path for path in self._files if path.startswith(f"{folder}/")]
            largest = max(
                (len(names) for path, names in self._names.items() if f"{path}/".startswith(f"{folder}/")),
                default=0,
            )
            return len(files), sum(len(self._files[path]) for path in files), largest
