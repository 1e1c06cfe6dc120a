"""How much memory a process and its children hold, and whether that grows."""

import statistics
from collections.abc import Sequence

import psutil


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it; empty when it has ended."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def held(processes: Sequence[psutil.Process]) -> tuple[float, float]:
    """Resident and proportional set size of all together, in units of 10^6 bytes.

    The second counts a page that several share once; it is the first where the system does not tell it.
    """
    resident = proportional = 0.0
    for process in processes:
        try:
            found = process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        resident += found.rss / 1e6
        proportional += getattr(found, "pss", found.rss) / 1e6
    return resident, proportional


def growth(samples: Sequence[float]) -> float:
    """Median of the last quarter over that of the second; what starting takes is left out."""
    quarter = len(samples) // 4
    return statistics.median(samples[-quarter:]) / statistics.median(samples[quarter : 2 * quarter])
