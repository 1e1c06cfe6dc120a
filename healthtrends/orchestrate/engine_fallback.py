"""The engine of a run: started at its first use, and another in its place when it breaks."""

import datetime as dt
from collections.abc import Callable, Sequence

from healthtrends.analyze.compute_day import compute_day
from healthtrends.analyze.cube_tables import tables
from healthtrends.analyze.ports import Engine, EngineBroken
from healthtrends.errors import HealthTrendsError
from healthtrends.model.day_totals import DayTotals
from healthtrends.observe import event
from healthtrends.orchestrate.cube_cache import MeasuredDay

OpenEngine = Callable[[], Engine]


class EngineAnalyst:
    """Analyses dates on one engine; close it when done."""

    def __init__(self, url: str, engine: Engine, fallback: OpenEngine | None) -> None:
        """Files lie below `url`; `fallback` opens the engine to use when `engine` itself breaks."""
        self._url = url
        self._engine = engine
        self._fallback = fallback

    def measure(self, paths: Sequence[str], date: dt.date) -> MeasuredDay:
        """Read the record files `paths` of `date`; without any, no engine starts. Raises EngineFailed."""
        files = [f"{self._url}{path}" for path in paths]
        try:
            return self._measure(files, date)
        except EngineBroken as broken:
            if self._fallback is None:
                raise
            try:
                other = self._fallback()
            except HealthTrendsError:  # no Java, say: then the first failure is the one to tell
                raise broken from None
            event("engine.fallback", engine=self._engine.name, reason=broken.why or broken.what)
        self._engine.close()
        self._engine, self._fallback = other, None
        return self._measure(files, date)

    def close(self) -> None:
        """End the engine."""
        self._engine.close()

    def _measure(self, files: Sequence[str], date: dt.date) -> MeasuredDay:
        engine = self._engine
        if not files:
            return MeasuredDay(DayTotals(), {}, engine.name, engine.version)
        day = compute_day(engine, files, date)
        return MeasuredDay(day.figures, tables(day), engine.name, engine.version)
