"""Stager that uses the executors of a Spark cluster for a large backlog; this process commits.

The work is divided as among several processes (process_stager.py), with the same result. An executor may
die, and a piece may be staged twice, even at the same time: every attempt writes under names of its own, and
only the files of the attempt whose facts arrive here are committed. The files of the others are collected
later as usual.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from healthtrends.errors import HealthTrendsError
from healthtrends.ingest.batch import Staged
from healthtrends.ingest.process_stager import batch_ends, pieces
from healthtrends.ingest.settings import ExecutorPool
from healthtrends.ingest.stager import Stager, Staging, nothing_staged
from healthtrends.ingest.worker_protocol import Task
from healthtrends.observe import Bar

_BATCHES_AT_ONCE = 2
_NEVER = threading.Event()


class SparkStager:
    """A `Stager` whose pieces are staged by executors."""

    def __init__(self, executor_pool: ExecutorPool, batch_records: int, bar: Bar) -> None:
        self._executor_pool = executor_pool
        self._batch_records = batch_records
        self._bar = bar
        self._waiting = ThreadPoolExecutor(_BATCHES_AT_ONCE, thread_name_prefix="spark-stager")
        self._under_way: list[Future[Staged]] = []
        self._is_halted = False

    def prepare(self, starts: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """Start the executors first: no partition is taken over for a cluster that does not answer."""
        del starts, ends
        self._executor_pool.executors.start()

    def stage(self, task: Task, stop: threading.Event, check: Callable[[], None]) -> Staging:
        """Hand over the next batch, and do not wait: how far it goes is known beforehand."""
        check()
        if stop.is_set():
            return nothing_staged(task)
        nexts = batch_ends(task.starts, task.ends, self._batch_records)
        parts = split_task(task, nexts, self._executor_pool.piece_messages)
        staged = self._waiting.submit(self._staged, task, parts)
        self._under_way = [each for each in self._under_way if not each.done()] + [staged]
        more = any(nexts[p] < end for p, end in task.ends.items())
        return Staging(nexts, more, staged.result, closed=lambda: None)

    def halt(self) -> None:
        """Cancel the jobs under way: a batch of which pieces are missing is not committed."""
        self._is_halted = True
        if not all(each.done() for each in self._under_way):
            # Each time: the job may have begun just after the last one.
            self._executor_pool.executors.cancel()

    def close(self) -> None:
        """Cancel the jobs whose result is not needed any more."""
        if not all(each.done() for each in self._under_way):
            self._executor_pool.executors.cancel()
        self._waiting.shutdown()

    def _staged(self, task: Task, parts: Sequence[Task]) -> Staged:
        """Facts of all parts; of none when the executors were halted before all were done."""
        whole = Staged(nexts=task.starts)
        if self._is_halted:
            return whole
        try:
            found = self._executor_pool.executors.stage(parts)
        except HealthTrendsError:
            if self._is_halted:
                return whole
            raise
        for facts in found:
            whole = whole.joined(facts)
            self._bar.advance(facts.counts.messages)
        return whole


def split_task(task: Task, ends: Mapping[int, int], most: int) -> list[Task]:
    """The task as pieces of one partition each and at most `most` offsets."""
    total = sum(ends[partition] - start for partition, start in task.starts.items())
    number = max(1, -(-total // most))
    share = task.reject_bytes // number
    return [
        msgspec.structs.replace(
            task, starts={partition: start}, ends={partition: stops[partition]}, reject_bytes=share
        )
        for starts, stops in pieces(task.starts, ends, number)
        for partition, start in starts.items()
    ]


def stage_whole(stager: Stager, task: Task) -> Staged:
    """Stage all of a piece, and close its files; where a limit ends a batch, the next one begins."""
    whole = Staged()
    while True:
        staging = stager.stage(task, _NEVER, lambda: None)
        whole = whole.joined(staging.written())
        staging.closed()
        if not staging.more:
            return whole
        task = msgspec.structs.replace(task, starts=dict(staging.nexts))
