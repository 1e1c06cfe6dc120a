"""Task of an executor, in its Python: one piece of messages in, staged files on HDFS, their facts out.

Shipped by name, not by value: the executor imports this module, so it needs this package in this version.
"""

import gc
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from healthtrends import __version__
from healthtrends.adapters import failpoints
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.adapters.schema_registry import SchemaRegistry
from healthtrends.config.registry_keys import registry_settings
from healthtrends.config.servers import Hdfs
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError, StagingFailed
from healthtrends.ingest.batch import Staged
from healthtrends.ingest.prefetched_topic import Chunk, PrefetchedTopic
from healthtrends.ingest.reject_cipher import PLAIN, RejectCipher
from healthtrends.ingest.settings import IngestSettings
from healthtrends.ingest.spark_stager import stage_whole
from healthtrends.ingest.stager import LocalStager
from healthtrends.ingest.worker_protocol import Failed, Task
from healthtrends.model.opt_out import OptOutList
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.observe import SilentBar
from healthtrends.storage.access_rights import root_rights
from healthtrends.storage.layout import Layout
from healthtrends.storage.ports import FileStore

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("partition", "offset", "ms", "value")
"""What a task is given of each message."""
ENVELOPE_COLUMNS = ("key", "headers")
"""What it is given besides where messages are in envelopes."""
RESULT = "first binary, staged binary"
"""What it gives back: the piece as JSON, its facts as JSON; no row for a piece without messages."""
FAILED = "healthtrends-failed:"
"""Stands before a `Failed` as JSON in the text of the one error that a task raises."""
SHIP = (
    "ship this Python environment: pack it (`venv-pack`, `conda-pack`) and name it in [spark.conf] as "
    '"spark.archives" = "env.tar.gz#env" with "spark.pyspark.python" = "./env/bin/python"'
)
_ALLOCATIONS_BETWEEN_COLLECTIONS = 500_000


class TaskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that an executor gets besides its piece; sent with the function, never as a Spark setting."""

    program_version: str
    user: str
    """Owner of the files where HDFS believes what a client says (no Kerberos)."""
    topic: str
    hdfs: Hdfs
    """Where files go, with the NameNodes' addresses and what they ask of a client."""
    batch_records: int
    batch_bytes: int
    batch_dates: int
    reject_bytes: int
    future_days: int
    max_message_bytes: int
    source: Source
    """Format of the topic's messages, and how to read it."""
    reader_schema: str | None = None
    """Text of the Avro schema that messages are brought to."""
    key: bytes | None
    """The pseudonym key; None: ids stay as they come."""
    cipher: RejectCipher = PLAIN
    """Of rejects."""
    opted_out: tuple[str, ...] = ()
    """Patients of whom nothing is stored, as records name them."""
    failpoint: str | None = None
    """For tests: acts in the first attempt of each task only."""

    def __repr__(self) -> str:
        """Without the key and the client's settings, which must not reach a log."""
        return f"TaskSettings({self.topic!r}, {self.hdfs.url!r}, {self.hdfs.root!r})"


def stage_piece(
    task_settings: TaskSettings, pieces: Sequence[Task], batches: Iterable["pa.RecordBatch"]
) -> Iterator["pa.RecordBatch"]:
    """Stage the one of `pieces` that the messages belong to; rows of COLUMNS in, one row of RESULT out."""
    import pyarrow as pa

    try:
        found = _staged(task_settings, pieces, batches)
    except Exception as error:  # noqa: BLE001  reported in words that hold no value of a message
        failed = Failed.of(error, "an executor could not stage its piece")
    else:
        for piece, staged in found:
            row = {"first": [msgspec.json.encode(piece)], "staged": [msgspec.json.encode(staged)]}
            yield pa.RecordBatch.from_pydict(row)
        return
    raise RuntimeError(FAILED + msgspec.json.encode(failed).decode())


def _staged(
    task_settings: TaskSettings, pieces: Sequence[Task], batches: Iterable["pa.RecordBatch"]
) -> list[tuple[Task, Staged]]:
    if task_settings.program_version != __version__:
        raise ConfigError(
            f"the executors have healthtrends {__version__}, this is {task_settings.program_version}",
            "the same message could be stored in another form",
            SHIP,
        )
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    given = (_chunk(batch) for batch in batches if batch.num_rows)
    first = next(given, None)
    if first is None:
        return []
    piece = _piece_of(pieces, first)
    stager = _stager(task_settings, PrefetchedTopic(task_settings.topic, piece, chain([first], given)))
    try:
        staged = stage_whole(stager, piece)
    finally:
        stager.close()
    if next(given, None) is not None:
        raise StagingFailed("a task was given more than its piece", "")
    return [(piece, staged)]


def _chunk(batch: "pa.RecordBatch") -> Chunk:
    chunk = Chunk(*(batch.column(name).to_pylist() for name in COLUMNS))
    if "key" not in batch.schema.names:
        return chunk
    headers = [[(one["key"], one["value"]) for one in each or ()] for each in batch["headers"].to_pylist()]
    return chunk._replace(keys=batch["key"].to_pylist(), headers=headers)


def _piece_of(pieces: Sequence[Task], first: Chunk) -> Task:
    partition, offset = first.partitions[0], first.offsets[0]
    for piece in pieces:
        if partition in piece.starts and piece.starts[partition] <= offset < piece.ends[partition]:
            return piece
    raise StagingFailed(f"offset {offset} of partition {partition} is in no piece", "")


def _stager(task_settings: TaskSettings, topic: PrefetchedTopic) -> LocalStager:
    registry = registry_settings(task_settings.source.registry)
    settings = IngestSettings(
        batch_records=task_settings.batch_records,
        batch_bytes=task_settings.batch_bytes,
        batch_dates=task_settings.batch_dates,
        reject_bytes=task_settings.reject_bytes,
        commit_interval=math.inf,
        future_days=task_settings.future_days,
        pseudonymise=pseudonymiser(task_settings.key) if task_settings.key else None,
        key_id=None,
        max_message_bytes=task_settings.max_message_bytes,
        cipher=task_settings.cipher,
        source=task_settings.source,
        opt_out=OptOutList(dict.fromkeys(task_settings.opted_out, 0)) if task_settings.opted_out else None,
        schemas=SchemaRegistry(registry) if registry is not None else None,
        reader_schema=task_settings.reader_schema,
    )
    return LocalStager(topic, _store(task_settings), Layout(task_settings.hdfs.root), settings, SilentBar())


def _store(task_settings: TaskSettings) -> FileStore:
    os.environ.setdefault("HADOOP_USER_NAME", task_settings.user)
    hdfs = task_settings.hdfs
    rights = root_rights(Layout(hdfs.root), hdfs.mode, hdfs.owner, hdfs.group)
    store = HdfsStore(hdfs.url or "", hdfs.client, rights)
    if task_settings.failpoint is None or _attempt() > 0:
        return store
    return failpoints.FailpointStore(store, failpoints.Failpoint(task_settings.failpoint))


def _attempt() -> int:
    """0 in the first attempt of this task."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return context.attemptNumber() if context is not None else 0
