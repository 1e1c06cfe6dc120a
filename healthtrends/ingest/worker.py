"""Loop of a worker process: stage each task it gets, and report.

Each message is a line of JSON: tasks on one stream, reports on the other. When the tasks end, the process
ends at once: the committer is gone, or needs no more.
"""

import os
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

import msgspec

from healthtrends.ingest.batch import Staged
from healthtrends.ingest.stager import LocalStager, Staging
from healthtrends.ingest.worker_protocol import (
    Advanced,
    Closed,
    Command,
    Failed,
    Halt,
    Prefetch,
    Task,
    WorkerReport,
    Written,
)

_ADVANCE_AT_ONCE = 50_000
_CANNOT = "a worker process could not stage"
_COMMAND: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class Reports:
    """The stream back; also the bar that the stager moves."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._advanced = 0

    def send(self, report: WorkerReport) -> None:
        """Write one line."""
        with self._lock:
            self._stream.write(msgspec.json.encode(report) + b"\n")
            self._stream.flush()

    def advance(self, n: int = 1) -> None:
        """Count messages, and report now and then."""
        self._advanced += n
        if self._advanced >= _ADVANCE_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Report what was counted since the last time."""
        self.send(Advanced(self._advanced))
        self._advanced = 0

    def set_total(self, n: int) -> None:
        """Nothing: the committer knows the total."""


def serve(stager: LocalStager, tasks: BinaryIO, reports: Reports) -> None:
    """Stage until the tasks end; the process ends with them."""
    waiting: queue.SimpleQueue[Task | Prefetch] = queue.SimpleQueue()
    halted = threading.Event()
    listening = (tasks, waiting, halted, stager)
    threading.Thread(target=_listen, args=listening, name="tasks", daemon=True).start()
    finisher = ThreadPoolExecutor(1, thread_name_prefix="finish")
    while True:
        command = waiting.get()
        try:
            if isinstance(command, Prefetch):
                stager.fetch(command.starts)
            else:
                _stage(stager, command, halted, reports, finisher)
        except Exception as error:  # noqa: BLE001  reported to the committer, which would wait for ever
            reports.send(Failed.of(error, _CANNOT))


def _listen(
    tasks: BinaryIO,
    waiting: "queue.SimpleQueue[Task | Prefetch]",
    halted: threading.Event,
    stager: LocalStager,
) -> None:
    try:
        for line in tasks:
            command = _COMMAND.decode(line)
            if isinstance(command, Halt):
                halted.set()
            else:
                waiting.put(command)
        # Files of a piece that nobody will commit would keep their blocks reserved on the DataNodes.
        stager.close()
    finally:
        os._exit(0)


def _stage(
    stager: LocalStager,
    task: Task,
    halted: threading.Event,
    reports: Reports,
    finisher: ThreadPoolExecutor,
) -> None:
    """Stage the task until its ends, or until halted.

    Where a limit ends a batch, its files are closed while the next one is read.
    """
    earlier: list[Future[Staged]] = []
    staging = stager.stage(task, halted, lambda: None)
    while staging.more:
        if earlier:
            earlier[-1].result()
        earlier.append(finisher.submit(_finished, staging))
        rest = msgspec.structs.replace(task, starts=dict(staging.nexts))
        staging = stager.stage(rest, halted, lambda: None)
    if staging.unreadable:
        raise staging.unreadable[0]
    reports.flush()
    finisher.submit(_report, earlier, staging, reports)


def _finished(staging: Staging) -> Staged:
    staged = staging.written()
    staging.closed()
    return staged


def _report(earlier: list[Future[Staged]], staging: Staging, reports: Reports) -> None:
    try:
        whole = Staged()
        for part in earlier:
            whole = whole.joined(part.result())
        reports.send(Written(whole.joined(staging.written())))
        staging.closed()
        reports.send(Closed())
    except Exception as error:  # noqa: BLE001  reported to the committer, which would wait for ever
        reports.send(Failed.of(error, _CANNOT))
