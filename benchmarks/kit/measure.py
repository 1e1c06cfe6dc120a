"""One process from its start to its end, with all it starts, and how several of them are reported."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLES_APART = 0.2


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished process."""

    seconds: float
    peak_mb: float
    """Most memory at any sample, in units of 10^6 bytes: the process and its children, shared pages once."""
    out: str
    processor: float
    """Seconds of all cores, of the process and those of its children that ended before it."""


class _MemoryWatch:
    """Samples the memory of a process and its children until it is stopped."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._root = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLES_APART):
            try:
                family = [self._root, *self._root.children(recursive=True)]
            except psutil.NoSuchProcess:
                continue  # one of them ended while it was looked at
            self.peak = max(self.peak, sum(map(_own_bytes, family)))


def _own_bytes(process: psutil.Process) -> int:
    """Pages of a process, those that it shares counted by its share (where the system tells)."""
    try:
        with Path(f"/proc/{process.pid}/smaps_rollup").open(encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        try:
            return int(process.memory_info().rss)
        except psutil.NoSuchProcess:
            return 0


def process(arguments: Sequence[str], environ: Mapping[str, str]) -> Measured:
    """Run this Python with `arguments`; a failure ends the benchmark."""
    return command([sys.executable, *arguments], environ)


def command(arguments: Sequence[str], environ: Mapping[str, str]) -> Measured:
    """Run any program; a failure ends the benchmark."""
    begin = time.monotonic()
    child = subprocess.Popen(arguments, env=dict(environ), stdout=subprocess.PIPE)
    watch = _MemoryWatch(child.pid)
    if child.stdout is None:
        raise SystemExit("no pipe to the child")
    out = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - begin
    watch.stop()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)[:200]} ended with {child.returncode}")
    # A process that lived shorter than a sample has its own peak at least.
    peak = max(watch.peak, usage.ru_maxrss * 1024) / 1e6
    return Measured(seconds, peak, out, usage.ru_utime + usage.ru_stime)


def cli(*arguments: str, environ: Mapping[str, str]) -> Measured:
    """Run a command of HealthTrends, quietly."""
    return process(["-m", "healthtrends.cli", *arguments, "--quiet"], environ)


def median_and_spread(values: Sequence[float], digits: int = 2) -> str:
    """`3.10 (2.95 to 3.42)`: the median, then the smallest and the largest."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
