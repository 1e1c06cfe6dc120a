"""`healthtrends mllp` as a process of its own, on a real broker."""

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class DoorProcess:
    """A running command; `address` once it listens."""

    def __init__(self, environ: Mapping[str, str], folder: Path, listen: str = "127.0.0.1:0") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "healthtrends.cli", "mllp", "--listen", listen, "--json"],
            cwd=folder,
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.err = ""
        self._listens = threading.Event()
        self.address = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._listens.wait(60), self.err
        assert self.address, self.err

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.err += line
            if found := re.search(r'"mllp\.listening", "address": "([^"]+)"', line):
                self.address = found[1]
                self._listens.set()
        self._listens.set()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._wait()

    def terminate(self) -> tuple[int, dict[str, object]]:
        """Ask it to end; exit code and the document on stdout."""
        self._process.send_signal(signal.SIGTERM)
        out = self._wait()
        return self._process.returncode, json.loads(out)

    def is_running(self) -> bool:
        return self._process.poll() is None

    def _wait(self) -> str:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            out = stdout.read()
        self._process.wait(60)
        self._reader.join(10)
        if self._process.stderr is not None:
            self._process.stderr.close()
        return out


@contextmanager
def door_process(
    environ: Mapping[str, str], folder: Path, listen: str = "127.0.0.1:0"
) -> Iterator[DoorProcess]:
    """Run one; killed at the end when it still runs."""
    process = DoorProcess(environ, folder, listen)
    try:
        yield process
    finally:
        if process.is_running():
            process.kill()
