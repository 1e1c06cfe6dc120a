"""How an ingest goes, by the configuration: alone, or shared with processes that it starts."""

import os
from collections.abc import Callable

import msgspec

from healthtrends import formats
from healthtrends.config import Settings
from healthtrends.ingest.settings import IngestSettings, WorkerPool
from healthtrends.ingest.worker_protocol import Worker
from healthtrends.model.pseudonym import key_id, pseudonymiser
from healthtrends.orchestrate.keyfile import read_key

_MOST_WORKERS = 4


class WorkerOrders(msgspec.Struct, frozen=True):
    """The first line that a worker process of the ingest reads."""

    settings: Settings
    quiet: bool
    verbose: bool
    json: bool


def ingest_settings(settings: Settings, start: Callable[[], Worker] | None) -> IngestSettings:
    """Read the key file, and say how to ingest; `start` starts a worker process, None: there are none.

    Raises ConfigError.
    """
    key = read_key(settings)
    ingest = settings.ingest
    return IngestSettings(
        batch_records=ingest.batch_records,
        batch_bytes=ingest.batch_bytes,
        reject_bytes=settings.rejects.keep_bytes,
        kept_reject_bytes=settings.rejects.keep_run_bytes,
        batch_dates=ingest.batch_dates,
        commit_interval=ingest.commit_interval,
        future_days=ingest.future_days,
        pseudonymise=pseudonymiser(key) if key else None,
        key_id=key_id(key) if key else None,
        max_message_bytes=ingest.max_message_bytes,
        format=formats.checked(settings.source.format),
        on_data_loss=ingest.on_data_loss,
        accept_compacted=settings.kafka.accept_compacted,
        accept_no_topic_id=settings.kafka.accept_no_topic_id,
        worker_pool=_crew(settings, start) if start else None,
    )


def worker_count(settings: Settings) -> int:
    """Processes that may share a large backlog."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return settings.ingest.workers or min(cores, _MOST_WORKERS)


def _crew(settings: Settings, start: Callable[[], Worker]) -> WorkerPool | None:
    workers = worker_count(settings)
    return WorkerPool(workers, settings.ingest.worker_records, start) if workers > 1 else None
