"""How long do the numeric detectors take, and how much memory?

Daily: 70,000 codes x 400 days, the most frequent code 500 patients a day, the others falling as a power of
their rank, 5,000 visits a day; in blocks of codes on all cores. Where all detectors run, `switch` takes the
results of EWMA and regression. Weekly: 2,000 series, of which 49 weeks are tested.
"""

import datetime as dt
import os
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from kit.measure import table
from numpy.typing import NDArray

from healthtrends.detect.baseline import AT_ONCE
from healthtrends.detect.ewma import EwmaTest
from healthtrends.detect.regression import RegressionTest
from healthtrends.detect.series import Series
from healthtrends.detect.series_detector import Result
from healthtrends.detect.series_registry import make_series_detector, series_detector_class, series_detectors
from healthtrends.detect.switch import Switch

CODES, DAYS = 70_000, 400
SERIES, HISTORY, TESTED = 2_000, 263, 49


def main() -> None:
    """Measure and print."""
    cores = len(os.sched_getaffinity(0))
    rows, daily = [], daily_series()
    names = [name for name in series_detectors() if series_detector_class(name).step == "day"]
    for title, asked in [*((name, [name]) for name in names), ("all daily ones", names)]:
        seconds = took(lambda asked=asked: detect_all(asked, daily))
        rows.append([title, f"{CODES:,} x {DAYS} days", *texts(seconds)])
    weekly = weekly_series()
    for name in ("farrington", "farrington_flexible"):
        seconds = took(lambda name=name: make_series_detector(name, {}).detect(weekly))
        rows.append([name, f"{SERIES:,} x {TESTED} weeks", *texts(seconds)])
    print(table(["detector", "series", "seconds", "of processors"], rows))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\nGreatest memory: {memory:.2f} GiB, the counts among it. Blocks on {cores} cores at once.")


def texts(seconds: NDArray[np.float64]) -> list[str]:
    """By the clock and of the processor."""
    return [f"{each:.1f}" for each in seconds]


def detect_all(names: Sequence[str], series: Series) -> int:
    """Run detectors on all codes, block after block; what is kept are alarms of the last day."""

    def last_day(block: Series) -> int:
        return sum(int(result.alarm[-1].sum()) for result in results(names, block).values())

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return sum(pool.map(last_day, series.blocks(AT_ONCE)))


def results(names: Sequence[str], block: Series) -> dict[str, Result]:
    """By detector; `switch` takes what the two that it chooses from have computed already."""
    found: dict[str, Result] = {}
    for name in names:
        match make_series_detector(name, {}), found.get("ewma"), found.get("regression"):
            case Switch() as switch, EwmaTest() as average, RegressionTest() as model:
                found[name] = switch.choose(average, model)
            case detector, _, _:
                found[name] = detector.detect(block)
    return found


def daily_series() -> Series:
    """Counts of a large hospital group: few frequent codes, and a long tail of rare ones."""
    rng = np.random.default_rng(1)
    weekday = np.array([1.2, 1.1, 1.0, 1.0, 1.1, 0.7, 0.6])[np.arange(DAYS) % 7]
    mean = 500 / np.arange(1, CODES + 1)
    counts = np.empty((DAYS, CODES))
    for day in range(DAYS):
        counts[day] = rng.poisson(mean * weekday[day])
    return Series(dt.date(2025, 1, 6), [str(code) for code in range(CODES)], counts, np.full(DAYS, 5000.0))


def weekly_series() -> Series:
    """Negative binomial counts, on average 8 a week."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(rng.gamma(1.3, 8 / 1.3, (HISTORY + TESTED, SERIES))).astype(float)
    return Series(1, [str(code) for code in range(SERIES)], counts)


def took(step: Callable[[], object]) -> NDArray[np.float64]:
    """Seconds of one run: by the clock, and of the processor, which others lengthen less."""
    begin = np.array([time.perf_counter(), time.process_time()])
    step()
    return np.array([time.perf_counter(), time.process_time()]) - begin


if __name__ == "__main__":
    main()
