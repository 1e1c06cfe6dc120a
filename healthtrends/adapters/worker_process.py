"""Starts a worker of the ingest as a Python process of its own; it ends when this one does.

Its settings go through its standard input, never through its arguments, which every user of the machine sees.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence

import msgspec

from healthtrends.config import without_settings
from healthtrends.errors import StagingFailed
from healthtrends.ingest.worker_protocol import Command, WorkerReport

_END_SECONDS = 5.0
# glibc keeps a heap for each of many threads, which costs a worker 100 MB; other systems ignore it.
_MEMORY = {"MALLOC_ARENA_MAX": "2"}
_REPORT: msgspec.json.Decoder[WorkerReport] = msgspec.json.Decoder(WorkerReport)


class WorkerProcess:
    """A `Worker`; `first_line` is the first thing it reads."""

    def __init__(self, arguments: Sequence[str], first_line: bytes) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C reaches all processes of a group, this one before it can ignore that.
            process_group=0,
            env=without_settings(os.environ) | _MEMORY,
        )
        self._write(first_line)

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    def send(self, command: Command) -> None:
        """Hand over one more order. Raises StagingFailed when the process is gone."""
        self._write(msgspec.json.encode(command))

    def receive(self) -> WorkerReport | None:
        """Wait for its next word; None: it has ended."""
        if self._process.stdout is None:
            return None
        line = self._process.stdout.readline()
        return _REPORT.decode(line) if line.endswith(b"\n") else None

    def end(self) -> None:
        """Let it end at once; what it has not reported is lost, which costs nothing but time."""
        if self._process.stdin is not None:
            # It may have ended by itself.
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _write(self, line: bytes) -> None:
        if self._process.stdin is None:
            return
        try:
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise StagingFailed("a worker process of the ingest is gone", str(error)) from error
