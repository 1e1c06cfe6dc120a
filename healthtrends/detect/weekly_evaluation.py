"""False alarms and found outbreaks of the Farrington methods on simulated series, beside published figures.

The figures of R are those of the AEDDO study 2023, which repeated the simulation of Noufaily 2013 with 100
replicates. A figure of ours is as expected when the two differ by at most three standard errors of their
difference, as both are means of random replicates.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from healthtrends.detect.series_registry import make_series_detector
from healthtrends.detect.weekly_simulation import SCENARIOS, SIZES, judged, simulate

ERRORS = 3
REPLICATES = 100
"""Of the published figures, and of the standard errors below."""


@dataclass(frozen=True, slots=True)
class Published:
    """Figures of R for one method."""

    false_alarms: float
    """Share of usual weeks with an alarm, over all scenarios."""
    by_scenario: Mapping[str, float]
    found: Sequence[float]
    """Share of the outbreaks of each size that were found."""
    error: float
    """Standard error of the difference of two means over all scenarios, of 100 replicates each."""
    scenario_error: float


PUBLISHED = {
    "farrington_flexible": Published(
        0.0091,
        {
            "1": 0.0103,
            "1 season": 0.0094,
            "1 trend": 0.0086,
            "1 trend season": 0.0071,
            "3": 0.0090,
            "3 season": 0.0073,
            "3 trend": 0.0079,
            "3 trend season": 0.0052,
            "5": 0.0118,
            "5 season": 0.0051,
            "5 trend": 0.0103,
            "5 trend season": 0.0029,
        },
        (0.046, 0.127, 0.185, 0.328, 0.544, 0.682, 0.728, 0.822, 0.868, 0.913),
        0.0013,
        0.0023,
    ),
    "farrington": Published(
        0.0306,
        {
            "1": 0.0244,
            "1 season": 0.0212,
            "1 trend": 0.0376,
            "1 trend season": 0.0320,
            "3": 0.0300,
            "3 season": 0.0248,
            "3 trend": 0.0291,
            "3 trend season": 0.0254,
            "5": 0.0377,
            "5 season": 0.0222,
            "5 trend": 0.0312,
            "5 trend season": 0.0194,
        },
        (0.134, 0.285, 0.326, 0.493, 0.673, 0.800, 0.822, 0.914, 0.925, 0.932),
        0.0025,
        0.0047,
    ),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One of ours beside one of R."""

    name: str
    ours: float
    published: float | None
    error: float
    """Standard error of the difference."""

    @property
    def distance(self) -> float | None:
        """The difference in standard errors; None without a published figure."""
        return None if self.published is None else (self.ours - self.published) / self.error

    @property
    def is_expected(self) -> bool:
        """Whether the two agree as two means of random replicates do."""
        return self.distance is None or abs(self.distance) <= ERRORS


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one method did."""

    detector: str
    false_alarms: tuple[Figure, ...]
    """Over all scenarios, then of each."""
    found: tuple[Figure, ...]
    """By size of the outbreak."""


def evaluate_weekly(replicates: int, seed: int) -> Iterator[Evaluation]:
    """Run both methods on the same series."""
    simulated = [(scenario, simulate(scenario, replicates, seed)) for scenario in SCENARIOS]
    for name, published in PUBLISHED.items():
        detector = make_series_detector(name, {})
        usual, found = {}, {size: list[bool]() for size in SIZES}
        for scenario, each in simulated:
            rates, are_found = zip(*judged(detector.detect(each.series), each), strict=True)
            usual[scenario.name] = float(np.mean(rates))
            for size, is_found in zip(each.size.tolist(), are_found, strict=True):
                found[int(size)].append(is_found)
        yield Evaluation(name, _false_alarms(usual, published, replicates), _found(found, published))


def _false_alarms(usual: Mapping[str, float], published: Published, replicates: int) -> tuple[Figure, ...]:
    # Half of the variance of a difference is ours; it shrinks with our replicates.
    wider = math.sqrt((1 + REPLICATES / replicates) / 2)
    whole = Figure(
        "all", float(np.mean(list(usual.values()))), published.false_alarms, wider * published.error
    )
    return whole, *(
        Figure(name, rate, published.by_scenario.get(name), wider * published.scenario_error)
        for name, rate in usual.items()
    )


def _found(found: Mapping[int, Sequence[bool]], published: Published) -> tuple[Figure, ...]:
    of_r = len(SCENARIOS) * REPLICATES / len(SIZES)
    return tuple(
        Figure(
            str(size),
            float(np.mean(hits)),
            share,
            math.sqrt(share * (1 - share) * (1 / len(hits) + 1 / of_r)),
        )
        for (size, hits), share in zip(found.items(), published.found, strict=True)
    )
