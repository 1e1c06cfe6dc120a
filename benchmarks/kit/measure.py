"""One process from its start to its end, and how several of them are reported."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished process."""

    seconds: float
    peak_mb: float
    """Largest resident set, in units of 10^6 bytes."""
    out: str


def process(arguments: Sequence[str], environ: Mapping[str, str]) -> Measured:
    """Run this Python with `arguments`; a failure ends the benchmark."""
    begin = time.monotonic()
    child = subprocess.Popen([sys.executable, *arguments], env=dict(environ), stdout=subprocess.PIPE)
    if child.stdout is None:
        raise SystemExit("no pipe to the child")
    out = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)} ended with {child.returncode}")
    return Measured(seconds, usage.ru_maxrss * 1024 / 1e6, out)


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
