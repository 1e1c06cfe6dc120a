"""Failpoints for tests: the process dies, fails or stops at a named effect on the file store.

Set by `HEALTHTRENDS_FAILPOINT=<name>:<kill|raise|pause>[@n]`: at the n-th time (1 when not given) the effect
`name` is reached. Names are `<step>.<call>.<before|after>` with the steps of the commit protocol, B3 to B7,
R3, S (snapshot), of cubes, C, of an erasure, E, and of publishing and releasing, P2 to P5. Without the
variable the store is not wrapped.
"""

import difflib
import os
import re
import signal
import threading
from collections.abc import Iterator
from typing import Final

from healthtrends.errors import ConfigError, HdfsUnavailable
from healthtrends.storage.ports import Entry, FileStore, FileWriter

VARIABLE: Final = "HEALTHTRENDS_FAILPOINT"

# The first pattern that matches the path below the pipeline's folder names the step.
_CREATED: Final = (
    (r"/staging/\d+/[^/]+/manifest-[^/]+\.json$", "B4"),
    (r"/staging/\d+/[^/]+/[^/]+\.jsonl$", "B3"),
    (r"/log/(lists|snapshots)/", "S"),
    (r"/_ht/cubes/", "C"),
    (r"/(issues|releases)/[^/]+/(staging|copies)/", "P2"),
    (r"/(reports|release)/.*/_SUCCESS$", "P4"),
)
_RENAMED: Final = (
    (r"/log/commits/", "B4"),
    (r"/log/snapshots/", "S"),
    (r"/(patient_json|rejects|facts)/[^/]+/[^/]+$", "B5"),
    (r"/(_ht/cubes|cube)/", "C"),
    (r"/_ht/(issues|releases)/[^/]+/\d+\.json$", "P3"),
    (r"/(reports|release)/", "P4"),
)
_DELETED: Final = (
    (r"/_ht/staging/\d+$", "R3"),
    (r"/_ht/staging/\d+/[^/]+$", "B7"),
    (r"/log/", "S"),
    (r"/_ht/cubes/", "C"),
    (r"/_ht/removed/", "E"),
    (r"/(reports|release)/.*/_SUCCESS$", "P4"),
    (r"/(reports|release)/[^/]+/date=[^/]+$", "P4"),
    (r"/(issues|releases)/[^/]+/staging/", "P5"),
)
_CALLS: Final = {
    "create": _CREATED,
    "write": _CREATED,
    "close": _CREATED,
    "rename": _RENAMED,
    "delete": _DELETED,
}
_EMPTY: Final = {"P4.write"}  # _SUCCESS has no content

NAMES: Final = tuple(
    sorted(
        {
            f"{step}.{call}.{side}"
            for call, steps in _CALLS.items()
            for _, step in steps
            for side in ("before", "after")
            if f"{step}.{call}" not in _EMPTY
        }
    )
)
"""All failpoints."""


class Failpoint:
    """One armed failpoint; reached from any thread, it fires once."""

    def __init__(self, setting: str) -> None:
        """Read `<name>:<action>[@n]`. Raises ConfigError naming the nearest failpoint."""
        found = re.fullmatch(r"([\w.]+):(kill|raise|pause)(?:@(\d+))?", setting)
        if found is None or found[1] not in NAMES:
            near = difflib.get_close_matches(setting.partition(":")[0], NAMES, 1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(NAMES)}"
            raise ConfigError(f"{VARIABLE}={setting} is no <name>:<kill|raise|pause>[@n]", hint)
        self.name, self._action = found[1], found[2]
        self._left = int(found[3] or 1)
        self._lock = threading.Lock()

    def reach(self, name: str) -> None:
        """Note that an effect is reached, and act when it is the one."""
        if name != self.name:
            return
        with self._lock:
            self._left -= 1
            due = self._left == 0
        if not due:
            return
        if self._action == "raise":
            raise HdfsUnavailable(f"failpoint {name}", "asked for by " + VARIABLE)
        os.kill(os.getpid(), signal.SIGKILL if self._action == "kill" else signal.SIGSTOP)


class FailpointStore:
    """A file store with one armed failpoint around its effects."""

    def __init__(self, store: FileStore, failpoint: Failpoint) -> None:
        self._store = store
        self._failpoint = failpoint

    def create(self, path: str, size: int | None = None) -> FileWriter:
        """As the store, with failpoints around create, and later around write and close."""
        step = _step("create", path)
        self.reach(step, "create", "before")
        writer = self._store.create(path, size)
        self.reach(step, "create", "after")
        return _FailpointWriter(self, step, writer)

    def rename(self, src: str, dst: str, *, replace: bool = False) -> None:
        """As the store, with failpoints around it."""
        step = _step("rename", dst)
        self.reach(step, "rename", "before")
        self._store.rename(src, dst, replace=replace)
        self.reach(step, "rename", "after")

    def delete(self, path: str) -> None:
        """As the store, with failpoints around it."""
        step = _step("delete", path)
        self.reach(step, "delete", "before")
        self._store.delete(path)
        self.reach(step, "delete", "after")

    def read(self, path: str) -> bytes:
        """As the store."""
        return self._store.read(path)

    def chunks(self, path: str) -> Iterator[bytes]:
        """As the store."""
        return self._store.chunks(path)

    def list(self, folder: str) -> list[Entry]:
        """As the store."""
        return self._store.list(folder)

    def length(self, path: str) -> int | None:
        """As the store."""
        return self._store.length(path)

    def reach(self, step: str | None, call: str, side: str) -> None:
        """Pass by the failpoint of one side of one call; calls of no step have none."""
        if step is not None:
            self._failpoint.reach(f"{step}.{call}.{side}")


class _FailpointWriter:
    """An open file of a `FailpointStore`."""

    def __init__(self, store: FailpointStore, step: str | None, writer: FileWriter) -> None:
        self._store = store
        self._step = step
        self._writer = writer

    def write(self, data: bytes | bytearray, /) -> int:
        self._store.reach(self._step, "write", "before")
        written = self._writer.write(data)
        self._store.reach(self._step, "write", "after")
        return written

    def close(self) -> None:
        self._store.reach(self._step, "close", "before")
        self._writer.close()
        self._store.reach(self._step, "close", "after")


def _step(call: str, path: str) -> str | None:
    return next((step for pattern, step in _CALLS[call] if re.search(pattern, path)), None)
