"""A whole pipeline without servers: a topic in memory, a store on disk, a real engine."""

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from healthtrends.analyze.ports import Engine
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.engine_fallback import EngineWithFallback
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.orchestrate.run_records import RunRecord
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from healthtrends.testing.local_dependencies import LocalDependencies

ARRIVAL = ("quality", "nowcast")
"""Reports that tell how and when the lines came."""


@dataclass
class LocalPipeline(LocalDependencies):
    """All parts of a pipeline whose data lies in `folder`; close it when done."""

    folder: Path
    engine: Engine
    pool: StorePool = field(init=False)

    def __post_init__(self) -> None:
        self.pool = StorePool(LocalStore(self.folder))

    def close(self) -> None:
        """End the threads; the engine is another's."""
        self.pool.close()

    def day_computer(self):
        return EngineWithFallback(
            f"file://{self.folder}", self.engine, None, edition=self.edition, code_levels=self.alarms.levels
        )

    def send(self, lines: Iterable[str]) -> None:
        """Put canonical lines into the topic, as a source would."""
        for line in lines:
            self.messages.send(0, line.encode())

    def run(self, dates: Sequence[dt.date], **options) -> RunRecord:
        """`run --from --to`."""
        record = Pipeline(self).run_dates(dates, RunOptions(**{"allow_empty": True, **options}))
        assert record.error is None
        return record

    def files(self) -> list[Path]:
        """Every record file."""
        return sorted((self.folder / "r/patient_json").glob("date=*/*.jsonl"))

    def published(self, date: dt.date) -> dict[str, bytes]:
        """CSV of every report of a date as a reader finds it, but for `ARRIVAL`."""
        found = (self.folder / "r/reports").glob(f"*/date={date}/part-00000.csv")
        reports = {path.parent.parent.name: path.read_bytes() for path in found}
        return {name: content for name, content in reports.items() if name not in ARRIVAL}


def shuffled(lines: Sequence[str], seed: int) -> list[str]:
    """The same lines in another order, some of them twice."""
    draw = random.Random(seed)
    again = [*lines, *draw.sample(lines, len(lines) // 3)]
    draw.shuffle(again)
    return again
