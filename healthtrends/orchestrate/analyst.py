"""The engine of a run: started at its first use, and another in its place when it breaks."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from healthtrends.analyze.day import analyze_day
from healthtrends.analyze.ports import Engine, EngineBroken
from healthtrends.errors import HealthTrendsError
from healthtrends.observe import event

OpenEngine = Callable[[], Engine]


@dataclass(frozen=True, slots=True)
class AnalysedDay:
    """Reports of a date and what made them."""

    reports: Mapping[str, bytes]
    input_records: int
    engine: str
    engine_version: str


class EngineAnalyst:
    """Analyses dates on one engine; close it when done."""

    def __init__(self, url: str, engine: Engine, fallback: OpenEngine | None) -> None:
        """Files lie below `url`; `fallback` opens the engine to use when `engine` itself breaks."""
        self._url = url
        self._engine = engine
        self._fallback = fallback

    def analyze(self, paths: Sequence[str], date: dt.date) -> AnalysedDay:
        """Read the record files `paths` of `date`. Raises EngineFailed."""
        files = [f"{self._url}{path}" for path in paths]
        try:
            return self._analyze(files, date)
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
        return self._analyze(files, date)

    def close(self) -> None:
        """End the engine."""
        self._engine.close()

    def _analyze(self, files: Sequence[str], date: dt.date) -> AnalysedDay:
        day = analyze_day(self._engine, files, date)
        return AnalysedDay(day.csv, day.input_records, self._engine.name, self._engine.version)
