"""Settings of an ingest from the configuration, and the keys from the files that it names."""

import datetime as dt
import os
from collections.abc import Callable

import msgspec

from healthtrends import clock, formats
from healthtrends.config import Settings, expanded
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError
from healthtrends.ingest.reject_cipher import RejectCipher
from healthtrends.ingest.settings import IngestSettings, WorkerPool
from healthtrends.ingest.worker_protocol import Worker
from healthtrends.model.decoder import Decoder, DecoderOptions
from healthtrends.model.pseudonym import KnownKey, key_id, pseudonymiser
from healthtrends.observe import LogFormat
from healthtrends.orchestrate.wiring.key_ring import REMEDY, earlier_keys, read_key_file
from healthtrends.orchestrate.wiring.opt_out_file import read_opt_out
from healthtrends.orchestrate.wiring.schemas import open_schemas, read_reader_schema

_MOST_WORKERS = 4


class WorkerOrders(msgspec.Struct, frozen=True):
    """The first line that a worker process of the ingest reads."""

    settings: Settings
    quiet: bool
    verbose: bool
    json: bool
    log_format: LogFormat


def ingest_settings(settings: Settings, start: Callable[[], Worker] | None) -> IngestSettings:
    """Read the key file, and say how to ingest; `start` starts a worker process, None: there are none.

    Raises ConfigError.
    """
    key = read_key(settings)
    pseudonymise = pseudonymiser(key) if key else None
    ingest = settings.ingest
    return IngestSettings(
        batch_records=ingest.batch_records,
        batch_bytes=ingest.batch_bytes,
        reject_bytes=settings.rejects.keep_bytes,
        kept_reject_bytes=settings.rejects.keep_run_bytes,
        batch_dates=ingest.batch_dates,
        commit_interval=ingest.commit_interval,
        future_days=ingest.future_days,
        pseudonymise=pseudonymise,
        key_id=key_id(key) if key else None,
        older_keys=tuple(KnownKey(key_id(each), pseudonymiser(each)) for each in earlier_keys(settings)),
        max_message_bytes=ingest.max_message_bytes,
        cipher=reject_cipher(settings, key),
        source=formats.checked(settings.source),
        opt_out=read_opt_out(settings, pseudonymise),
        schemas=open_schemas(settings.source),
        reader_schema=read_reader_schema(settings.source),
        on_data_loss=ingest.on_data_loss,
        accept_compacted=settings.kafka.accept_compacted,
        accept_no_topic_id=settings.kafka.accept_no_topic_id,
        worker_pool=_worker_pool(settings, start) if start else None,
    )


def decoder_for_a_look(settings: Settings, source: Source) -> Decoder:
    """Make a decoder of messages without pseudonyms, so that no key is needed."""
    ingest = settings.ingest
    latest = clock.today(source.timezone) + dt.timedelta(days=ingest.future_days)
    return formats.open_decoder(
        DecoderOptions(
            latest, None, ingest.max_message_bytes, source, open_schemas(source), read_reader_schema(source)
        )
    )


def worker_count(settings: Settings) -> int:
    """Processes that may share a large backlog."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return settings.ingest.workers or min(cores, _MOST_WORKERS)


def _worker_pool(settings: Settings, start: Callable[[], Worker]) -> WorkerPool | None:
    workers = worker_count(settings)
    return WorkerPool(workers, settings.ingest.worker_records, start) if workers > 1 else None


def read_key(settings: Settings) -> bytes | None:
    """Read the pseudonym key; None when pseudonymisation is off. Raises ConfigError."""
    if not settings.privacy.pseudonymise:
        return None
    name = settings.privacy.key_file
    if name is None:
        raise ConfigError(
            "no pseudonym key is configured", "privacy.pseudonymise is on", _remedy("privacy.key_file")
        )
    return _read(name, "privacy.key_file")


def reject_cipher(settings: Settings, key: bytes | None) -> RejectCipher:
    """Open encrypted rejects, and encrypt if that is set, which needs a key whatever ids are stored.

    Raises ConfigError.
    """
    name = settings.privacy.key_file
    if key is None and settings.rejects.encrypt:
        if name is None:
            raise ConfigError("rejects.encrypt is on, and there is no key", "", _remedy("privacy.key_file"))
        key = _read(name, "privacy.key_file")
    cipher = RejectCipher(key, settings.rejects.encrypt, earlier_keys(settings))
    cipher.check()
    return cipher


def read_seal_key(settings: Settings) -> bytes | None:
    """Read the key of the log's seals; None when there is none. Raises ConfigError."""
    name = settings.verify.key_file
    return None if name is None else _read(name, "verify.key_file")


def _remedy(setting: str) -> str:
    return f"set {setting} to {REMEDY}"


def _read(name: str, setting: str) -> bytes:
    return read_key_file(expanded(name), setting)
