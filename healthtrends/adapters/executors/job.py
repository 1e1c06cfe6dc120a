"""Spark job of one batch: each task reads a range by Spark's Kafka source and stages it in Python."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from healthtrends.adapters.executors.error_translation import is_gone, translate_error
from healthtrends.adapters.executors.kafka_options import KafkaSource
from healthtrends.adapters.executors.task import ENVELOPE_COLUMNS, RESULT, TaskSettings, stage_piece
from healthtrends.errors import StagingFailed
from healthtrends.ingest.batch import Staged
from healthtrends.ingest.holes import Hole
from healthtrends.ingest.worker_protocol import Task
from healthtrends.storage.topic_identity import first_number, number_in_topic

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from healthtrends.analyze.ports import Engine

_STAGED = msgspec.json.Decoder(Staged)


class SparkExecutors:
    """`Executors` behind one engine, which starts with the first job and outlives a failed one."""

    def __init__(self, engine: "Engine", source: KafkaSource, task_settings: TaskSettings) -> None:
        """Read as `source` says."""
        self._engine = engine
        self._source = source
        self._settings = task_settings
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start Spark, if it does not run."""
        self._session()

    def stage(self, pieces: Sequence[Task]) -> Sequence[Staged]:
        """Run one job over all pieces."""
        staging = partial(stage_piece, self._settings, tuple(pieces))
        try:
            messages = self._messages(self._session(), pieces)
            rows = self._engine.collect(messages.mapInArrow(staging, RESULT)).to_pylist()
        except Exception as error:
            if is_gone(error):
                self._close()
            raise translate_error(error, self._source.access, self._settings.topic) from error
        self._source.access.accept()
        firsts = {row["first"] for row in rows}
        if len(firsts) < len(rows):
            raise StagingFailed("a piece was staged by two tasks of one job", "")
        without = [piece for piece in pieces if msgspec.json.encode(piece) not in firsts]
        return [*(_STAGED.decode(row["staged"]) for row in rows), *map(nothing_in, without)]

    def cancel(self) -> None:
        """Interrupt the jobs; they may have ended by themselves."""
        with suppress(Exception):
            self._session().interruptAll()

    def _session(self) -> "SparkSession":
        with self._lock:
            return self._engine.session()

    def _close(self) -> None:
        """So that another attempt starts another driver."""
        with self._lock:
            self._engine.close()

    def _messages(self, session: "SparkSession", pieces: Sequence[Task]) -> "DataFrame":
        """All messages of the pieces: one Spark partition for each, as their ranges are never divided."""
        frames = [self._round(session, each) for each in _rounds(pieces)]
        while len(frames) > 1:  # in pairs: a plan may be only so deep
            frames = [_union(frames[at : at + 2]) for at in range(0, len(frames), 2)]
        return frames[0]

    def _round(self, session: "SparkSession", pieces: Sequence[Task]) -> "DataFrame":
        from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

        topic = self._settings.topic
        besides = ENVELOPE_COLUMNS if self._settings.source.envelopes else ()
        first = first_number(min(p for piece in pieces for p in piece.starts))
        starts = {str(number_in_topic(p)): at for piece in pieces for p, at in piece.starts.items()}
        ends = {str(number_in_topic(p)): at for piece in pieces for p, at in piece.ends.items()}
        return (
            session.read.format("kafka")
            .options(**self._source.options)
            .option("assign", json.dumps({topic: sorted(map(int, starts))}))
            .option("startingOffsets", json.dumps({topic: starts}))
            .option("endingOffsets", json.dumps({topic: ends}))
            .option("failOnDataLoss", "true")
            .option("groupIdPrefix", "healthtrends")
            .option("includeHeaders", str(bool(besides)).lower())
            .load()
            .select(
                (F.col("partition") + first).alias("partition"),
                "offset",
                F.unix_millis("timestamp").alias("ms"),
                "value",
                *besides,
            )
        )


def nothing_in(piece: Task) -> Staged:
    """A piece that no task was given a message of."""
    holes = (Hole(p, start, piece.ends[p], piece.ends[p] - start) for p, start in piece.starts.items())
    return Staged(holes=tuple(holes), nexts=dict(piece.ends))


def _rounds(pieces: Sequence[Task]) -> Iterator[Sequence[Task]]:
    """Pieces in groups that have no partition twice: a source reads one range of each."""
    left = list(pieces)
    while left:
        taken: dict[int, Task] = {}
        for piece in left:
            taken.setdefault(next(iter(piece.starts)), piece)
        yield list(taken.values())
        left = [piece for piece in left if taken[next(iter(piece.starts))] is not piece]


def _union(frames: "Sequence[DataFrame]") -> "DataFrame":
    return frames[0] if len(frames) == 1 else frames[0].union(frames[1])
