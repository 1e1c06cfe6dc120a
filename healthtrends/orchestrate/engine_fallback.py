"""The engine of a run, with another that takes its place when it breaks."""

import datetime as dt
from collections.abc import Callable, Sequence

from healthtrends import clock
from healthtrends.analyze.compute_day import compute_day
from healthtrends.analyze.cube_tables import tables
from healthtrends.analyze.group_sums import PLACES
from healthtrends.analyze.ports import Engine, EngineBroken
from healthtrends.errors import HealthTrendsError
from healthtrends.icd.edition import Edition
from healthtrends.model.day_totals import DayTotals
from healthtrends.observe import event
from healthtrends.orchestrate.cube_cache import DayCube

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
        files = [f"{self._url}{path}" for path in paths]
        try:
            return self._compute(files, date)
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
        return self._compute(files, date)

    def close(self) -> None:
        """End the engine."""
        self._engine.close()

    def _compute(self, files: Sequence[str], date: dt.date) -> DayCube:
        engine = self._engine
        if not files:
            return DayCube(DayTotals(), {}, engine.name, engine.version)
        day = compute_day(engine, files, date, self._zone, self._edition, self._code_levels)
        return DayCube(day.figures, tables(day), engine.name, engine.version)
