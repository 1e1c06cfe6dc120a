"""Noise for counts by OpenDP, which proves what a scale costs; the extra `dp`.

Discrete Laplace noise, drawn from the system's random numbers. Sensitivity: one person changes at most
`most_codes` counts, each by 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from healthtrends.errors import ConfigError
from healthtrends.model.privacy_budget import Budget


class OpenDpNoise:
    """Measurements of one scale, `most_codes / epsilon`."""

    def __init__(self, epsilon: float, most_codes: int) -> None:
        """Raises ConfigError when the package is not installed."""
        try:
            import opendp.prelude as dp
        except ModuleNotFoundError as error:
            raise ConfigError(
                "a noisy release needs the package opendp",
                f"the package {error.name} is not installed",
                "`pip install 'healthtrends[dp]'`",
            ) from error
        dp.enable_features("contrib")
        self._dp: Any = dp
        self._most_codes = most_codes
        self.scale = most_codes / epsilon
        """Of the noise, in patients; its standard deviation is about 1.4 times that."""

    def known_codes(self, codes: Sequence[str]) -> "KnownCodes":
        """Noise for every code of a list that does not depend on the data; zeros get noise too."""
        dp = self._dp
        space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
        measure = dp.m.make_laplace(*space, scale=self.scale)
        return KnownCodes(measure, tuple(codes), Budget(measure.map(self._most_codes), 0.0))

    def thresholded(self, threshold: int) -> "Thresholded":
        """Noise for the codes that occur; those below `threshold` with their noise are left out."""
        dp = self._dp
        counts = dp.map_domain(dp.atom_domain(T=str), dp.atom_domain(T=int))
        distance = dp.l01inf_distance(dp.absolute_distance(T=int))
        measure = dp.m.make_laplace_threshold(counts, distance, scale=self.scale, threshold=threshold)
        epsilon, delta = measure.map((self._most_codes, self._most_codes, 1))
        return Thresholded(measure, Budget(epsilon, delta))


@dataclass(frozen=True, slots=True)
class KnownCodes:
    """Draws for a fixed list of codes."""

    _measure: Any
    _codes: tuple[str, ...]
    cost: Budget

    def draw(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Draw once; codes outside the list are left out, those that nobody has count 0."""
        noisy = self._measure([counts.get(code, 0) for code in self._codes])
        return dict(zip(self._codes, noisy, strict=True))


@dataclass(frozen=True, slots=True)
class Thresholded:
    """Draws for the codes that occur."""

    _measure: Any
    cost: Budget

    def draw(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Draw once; which codes are left says something of the data only with probability delta."""
        noisy: dict[str, int] = self._measure({code: count for code, count in counts.items() if count})
        return noisy
