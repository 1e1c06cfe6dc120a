"""Stager that shares a large backlog among several worker processes, because decoding is bound by a core.

A batch's offsets are laid on one line, partition after partition, and cut into as many equal pieces as there
are workers, so the work is even however many partitions there are. The writer commits what all of them staged
as one batch; it is the only one that touches the log.
"""

import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress

import msgspec

from healthtrends.errors import StagingFailed
from healthtrends.ingest.batch import Staged
from healthtrends.ingest.stager import Staging, nothing_staged
from healthtrends.ingest.worker_protocol import (
    Advanced,
    Closed,
    Failed,
    Halt,
    Prefetch,
    Task,
    Worker,
    Written,
)
from healthtrends.observe import Bar

Piece = tuple[dict[int, int], dict[int, int]]
"""First offsets, and offsets to stop before, by partition."""


class _WorkerHandle:
    """Handle of one worker process: sends tasks, and completes two futures a task, for facts and closing."""

    def __init__(self, worker: Worker, bar: Bar) -> None:
        self._worker = worker
        self._bar = bar
        self._written: queue.SimpleQueue[Future[Staged]] = queue.SimpleQueue()
        self._closed: queue.SimpleQueue[Future[None]] = queue.SimpleQueue()
        self._unanswered: set[Future[Staged] | Future[None]] = set()
        self._ended: Exception | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._listen, name="worker-reports", daemon=True)
        self._thread.start()

    def fetch(self, starts: dict[int, int]) -> None:
        """Let the worker prefetch."""
        self._worker.send(Prefetch(starts))

    def halt(self) -> None:
        """Let the worker end its tasks early; one that is gone has ended them."""
        with suppress(StagingFailed):
            self._worker.send(Halt())

    def stage(self, task: Task) -> tuple[Future[Staged], Future[None]]:
        """Hand over a task."""
        written: Future[Staged] = Future()
        closed: Future[None] = Future()
        with self._lock:
            if self._ended is not None:
                raise self._ended
            self._unanswered |= {written, closed}
        self._written.put(written)
        self._closed.put(closed)
        self._worker.send(task)
        return written, closed

    def end(self) -> None:
        self._worker.end()
        self._thread.join()

    def _listen(self) -> None:
        while (report := self._worker.receive()) is not None:
            match report:
                case Advanced(messages):
                    self._bar.advance(messages)
                case Written(staged):
                    self._complete(self._written.get(), staged)
                case Closed():
                    self._complete(self._closed.get(), None)
                case Failed():
                    self._fail(report.error())
        self._fail(StagingFailed("a worker process of the ingest ended by itself", "its output stopped"))

    def _complete(self, future: "Future[Staged] | Future[None]", result: Staged | None) -> None:
        with self._lock:
            self._unanswered.discard(future)
        future.set_result(result)  # type: ignore[arg-type]  # each queue holds futures of one kind

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self._ended = self._ended or error
            unanswered, self._unanswered = self._unanswered, set()
        for future in unanswered:
            future.set_exception(self._ended)


class ProcessStager:
    """A `Stager` that uses several processes."""

    def __init__(self, start: Callable[[], Worker], workers: int, batch_records: int, bar: Bar) -> None:
        self._batch_records = batch_records
        self._workers = [_WorkerHandle(start(), bar) for _ in range(workers)]
        self._is_halted = False

    def prepare(self, starts: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """Let each worker fetch the beginning of its first piece."""
        for worker, (firsts, _) in self._shares(starts, batch_ends(starts, ends, self._batch_records)):
            worker.fetch(firsts)

    def stage(self, task: Task, stop: threading.Event, check: Callable[[], None]) -> Staging:
        """Hand the next batch to the workers, and do not wait: how far it goes is known beforehand."""
        check()
        if stop.is_set():
            return nothing_staged(task)
        nexts = batch_ends(task.starts, task.ends, self._batch_records)
        share = task.reject_bytes // len(self._workers)
        pending = [
            (
                firsts,
                *worker.stage(msgspec.structs.replace(task, starts=firsts, ends=stops, reject_bytes=share)),
            )
            for worker, (firsts, stops) in self._shares(task.starts, nexts)
        ]

        def written() -> Staged:
            return join_contiguous(task.starts, ((firsts, facts.result()) for firsts, facts, _ in pending))

        def closed() -> None:
            for _, _, closing in pending:
                closing.result()

        return Staging(nexts, any(nexts[p] < end for p, end in task.ends.items()), written, closed)

    def halt(self) -> None:
        """Let the workers end early; pieces that no longer meet are left out, and read again later."""
        if not self._is_halted:
            self._is_halted = True
            for worker in self._workers:
                worker.halt()

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.end()

    def _shares(
        self, starts: Mapping[int, int], ends: Mapping[int, int]
    ) -> Iterator[tuple[_WorkerHandle, Piece]]:
        """Workers that have something to do, each with its piece."""
        cut = zip(self._workers, pieces(starts, ends, len(self._workers)), strict=True)
        return ((worker, piece) for worker, piece in cut if piece[0])


def join_contiguous(starts: Mapping[int, int], pieces: Iterable[tuple[Mapping[int, int], Staged]]) -> Staged:
    """Join the pieces, each with its first offsets, as long as each begins where the last one ended.

    A piece that was halted ends early, and what was staged behind it would give a gap.
    """
    whole, nexts = Staged(), dict(starts)
    for firsts, staged in pieces:
        if all(nexts[partition] == first for partition, first in firsts.items()):
            whole = whole.joined(staged)
            nexts |= staged.nexts
    return msgspec.structs.replace(whole, nexts=nexts)


def batch_ends(starts: Mapping[int, int], ends: Mapping[int, int], most: int) -> dict[int, int]:
    """Ends of a batch of about `most` offsets: the same share of what each partition has left."""
    left = sum(ends[partition] - start for partition, start in starts.items())
    if left <= most:
        return dict(ends)
    return {p: start + -(-(ends[p] - start) * most // left) for p, start in starts.items()}


def pieces(starts: Mapping[int, int], ends: Mapping[int, int], number: int) -> list[Piece]:
    """The offsets cut into `number` pieces of equal size; a partition is cut only where it must be."""
    total = sum(ends[partition] - start for partition, start in starts.items())
    cuts = [total * each // number for each in range(number + 1)]
    found = []
    for low, high in itertools.pairwise(cuts):
        firsts: dict[int, int] = {}
        stops: dict[int, int] = {}
        passed = 0
        for partition, start in sorted(starts.items()):
            size = ends[partition] - start
            first, last = max(low, passed), min(high, passed + size)
            if first < last:
                firsts[partition], stops[partition] = start + first - passed, start + last - passed
            passed += size
        found.append((firsts, stops))
    return found
