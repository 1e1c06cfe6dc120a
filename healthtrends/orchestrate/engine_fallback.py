"""The engine of a run, with another that takes its place when it breaks."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from healthtrends import clock
from healthtrends.analyze.bounded_counts import count_bounded
from healthtrends.analyze.compute_day import compute_day
from healthtrends.analyze.cube_tables import tables
from healthtrends.analyze.group_sums import PLACES
from healthtrends.analyze.ports import Engine, EngineBroken
from healthtrends.errors import HealthTrendsError
from healthtrends.icd.edition import Edition
from healthtrends.model.day_totals import DayTotals
from healthtrends.observe import event
from healthtrends.orchestrate.day_cube import DayCube

T = TypeVar("T")

OpenEngine = Callable[[], Engine]


class EngineWithFallback:
    """Computes cubes on one engine; close it when done."""

    def __init__(
        self,
        url: str,
        engine: Engine,
        fallback: OpenEngine | None,
        zone: str = clock.UTC,
        edition: Edition | None = None,
        code_levels: Sequence[str] = (),
    ) -> None:
        """Files lie below `url`; `fallback` opens the engine to use when `engine` itself breaks.

        The rest is as in `compute_day`; of `code_levels` those that are no place do not matter.
        """
        self._code_levels = [each for each in code_levels if each in PLACES]
        self._edition = edition
        self._zone = zone
        self._url = url
        self._engine = engine
        self._fallback = fallback

    def compute(self, paths: Sequence[str], date: dt.date) -> DayCube:
        """Compute a cube from record files; without any, no engine starts. Raises EngineFailed."""
        files = self._located(paths)
        return self._on_engine(lambda engine: self._compute(engine, files, date))

    def count_bounded(self, paths: Sequence[str], most_codes: int, salt: str) -> Mapping[str, int]:
        """See `bounded_counts.count_bounded`; without files, no engine starts. Raises EngineFailed."""
        files = self._located(paths)
        return self._on_engine(
            lambda engine: count_bounded(engine, files, most_codes, salt) if files else dict[str, int]()
        )

    def close(self) -> None:
        """End the engine."""
        self._engine.close()

    def _located(self, paths: Sequence[str]) -> list[str]:
        return [f"{self._url}{path}" for path in paths]

    def _on_engine(self, work: Callable[[Engine], T]) -> T:
        """Do the work on the engine, or on the other one when it breaks."""
        try:
            return work(self._engine)
        except EngineBroken as broken:
            if self._fallback is None:
                raise
            try:
                other = self._fallback()
            except HealthTrendsError:  # no Java, say: then the first failure is reported
                raise broken from None
            event("engine.fallback", engine=self._engine.name, reason=broken.why or broken.what)
        self._engine.close()
        self._engine, self._fallback = other, None
        return work(self._engine)

    def _compute(self, engine: Engine, files: Sequence[str], date: dt.date) -> DayCube:
        if not files:
            return DayCube(DayTotals(), {}, engine.name, engine.version)
        day = compute_day(engine, files, date, self._zone, self._edition, self._code_levels)
        return DayCube(day.figures, tables(day), engine.name, engine.version)
