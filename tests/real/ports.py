"""Which ports a process listens on, looked at over and over while it works."""

import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

LISTENING = "0A"


def listening(pid: int) -> set[tuple[str, int]]:
    """Give its (address as the kernel writes it, port), of IPv4 and IPv6; needs to be its user or root."""
    inodes = set()
    with suppress(FileNotFoundError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                inodes.add(str(each.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == LISTENING and f"socket:[{columns[9]}]" in inodes:
                address, port = columns[1].split(":")
                found.add((address, int(port, 16)))
    return found


class Lookout:
    """Looks at a process from its start to its end; `seen` is every port it ever listened on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.looks = 0
        self.seen: set[tuple[str, int]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        with suppress(FileNotFoundError):  # it has ended
            while not self._over.is_set():
                self.seen |= listening(self._pid)
                self.looks += 1
