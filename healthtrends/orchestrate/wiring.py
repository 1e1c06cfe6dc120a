"""The only place where adapters meet stages: settings in, a working pipeline out."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from healthtrends import clock
from healthtrends.adapters import failpoints
from healthtrends.adapters.alert import send_alert
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.adapters.kafka_topic import KafkaTopic
from healthtrends.adapters.localfs import LocalStore
from healthtrends.adapters.vega import chart_library
from healthtrends.adapters.worker_process import WorkerProcess
from healthtrends.config import Settings, cache, home
from healthtrends.devstack.java import find_java, spark_java_home
from healthtrends.devstack.stack import LocalStack, StackAddresses
from healthtrends.errors import ConfigError, DependencyDown
from healthtrends.ingest.settings import Crew, IngestSettings
from healthtrends.ingest.stager import LocalStager
from healthtrends.model.pseudonym import key_id, pseudonymiser
from healthtrends.observe import Bar, mode
from healthtrends.orchestrate.keyfile import read_key
from healthtrends.orchestrate.pages import Pressroom
from healthtrends.orchestrate.parts import RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.page.words import bundled, languages, parse_words
from healthtrends.storage.layout import Layout
from healthtrends.storage.parallel import SideBySide
from healthtrends.storage.ports import FileStore

if TYPE_CHECKING:
    from healthtrends.adapters.engines.options import EngineOptions
    from healthtrends.ingest.ports import Topic
    from healthtrends.orchestrate.analyst import EngineAnalyst
    from healthtrends.orchestrate.preflight import Check

__all__ = ["RunOptions", "WorkerOrders", "open_pipeline", "open_stager", "with_addresses"]

PAGES = "pages"
"""Folder of the pages in the home of the local stack."""
OWN_WORDS = ".json"
_KEEP_WORK_SECONDS = 86_400
_LEAST_FREE_BYTES = 512 * 1024 * 1024
_MOST_WORKERS = 4
_WORKER_QUEUE_KBYTES = "8192"


class WorkerOrders(msgspec.Struct, frozen=True):
    """The first line that a worker process of the ingest reads."""

    settings: Settings
    quiet: bool
    verbose: bool
    json: bool


@contextmanager
def open_pipeline(
    settings: Settings, note: Callable[[str], None], *, start_stack: bool = True
) -> Iterator[Pipeline]:
    """Open a pipeline on the configured servers, or on the local stack, which is started first.

    `note` gets a line for each thing the local stack does. Raises DependencyDown when the stack does
    not run and is not to be started.
    """
    if settings.uses_local_stack:
        stack = LocalStack(home(), cache())
        if not start_stack and not stack.status().running:
            raise DependencyDown(
                "the local stack does not run", "neither Kafka nor HDFS is configured", "`healthtrends up`"
            )
        settings = with_addresses(settings, stack.up(note, settings.kafka.topic, settings.kafka.partitions))
    with ExitStack() as closing:
        yield Pipeline(_Wired(settings, closing))


def open_stager(settings: Settings, bar: Bar) -> LocalStager:
    """Open what a worker process of the ingest needs, for as long as the process lives."""
    kafka = settings.kafka
    # Decoding is slower than fetching: a short queue of messages is enough, and little is fetched in vain.
    conf = {"queued.max.messages.kbytes": _WORKER_QUEUE_KBYTES, **kafka.client}
    topic = KafkaTopic(kafka.bootstrap_servers or "", kafka.topic, conf)
    return LocalStager(topic, _store(settings), Layout(settings.hdfs.root), _ingest_settings(settings), bar)


def with_addresses(settings: Settings, addresses: StackAddresses) -> Settings:
    """Return the settings as if the local stack had been configured; an own key file stays."""
    replace = msgspec.structs.replace
    return replace(
        settings,
        kafka=replace(settings.kafka, bootstrap_servers=addresses.bootstrap_servers),
        hdfs=replace(settings.hdfs, url=addresses.hdfs_url),
        privacy=replace(settings.privacy, key_file=settings.privacy.key_file or str(addresses.key_file)),
        publish=replace(settings.publish, local_dir=settings.publish.local_dir or str(home() / PAGES)),
    )


class _Wired:
    """`Parts` of a pipeline on real servers; what starts slowly is made at its first use."""

    def __init__(self, settings: Settings, closing: ExitStack) -> None:
        self._settings = settings
        self._closing = closing
        self._topic: KafkaTopic | None = None
        self._work: Path | None = None
        self._analyst: EngineAnalyst | None = None
        self.layout = Layout(settings.hdfs.root)
        self.quality = settings.quality
        self.deadline = settings.retry.deadline
        self.settings = _ingest_settings(settings)
        self.snapshot_every = settings.ingest.snapshot_every
        self.compact_above = settings.ingest.compact_above
        self.transform_name = settings.rejects.transform
        self.calls = SideBySide(_store(settings))
        closing.callback(self.calls.close)
        self.pages = _pressroom(settings, closing)

    @property
    def where(self) -> Mapping[str, Any]:
        """Addresses as `status` shows them."""
        kafka, hdfs = self._settings.kafka, self._settings.hdfs
        return {
            "stack": {"running": LocalStack(home(), cache()).status().running, "home": str(home())},
            "kafka": {"bootstrap_servers": kafka.bootstrap_servers, "topic": kafka.topic},
            "hdfs": {"url": hdfs.url, "root": hdfs.root},
        }

    def topic(self) -> "Topic":
        """The configured topic."""
        if self._topic is None:
            kafka = self._settings.kafka
            self._topic = KafkaTopic(kafka.bootstrap_servers or "", kafka.topic, kafka.client)
            self._closing.callback(self._topic.close)
        return self._topic

    def analyst(self) -> "EngineAnalyst":
        """The configured engine, and the one to use in its place."""
        if self._analyst is None:
            from healthtrends.adapters.engines.choose import open_engine
            from healthtrends.orchestrate.analyst import EngineAnalyst

            options = self._engine_options(self._settings.engine.name)
            has_fallback = self._settings.engine.fallback and options.name == "embedded"
            self._analyst = EngineAnalyst(
                self._settings.hdfs.url or "",
                open_engine(options),
                (lambda: open_engine(self._engine_options("spark"))) if has_fallback else None,
            )
            self._closing.callback(self._analyst.close)
        return self._analyst

    def checks(self) -> "Sequence[Check]":
        """Preflight checks of space and engine."""
        return [self._check_space, self._check_engine]

    def warm_up(self) -> None:
        """Import the engine's client in a thread; in another, fetch what draws the pages' charts."""
        from healthtrends.adapters.engines.choose import warm_up

        warm_up()
        threading.Thread(target=self.pages.library, name="page-library").start()

    def alert(self, summary: Mapping[str, object]) -> None:
        """Tell the configured hooks."""
        send_alert(self._settings.alert, summary)

    def _check_engine(self) -> None:
        from healthtrends.adapters.engines.choose import check

        check(self._engine_options(self._settings.engine.name))

    def _engine_options(self, name: str) -> "EngineOptions":
        from healthtrends.adapters.engines.options import EngineOptions

        if self._work is None:
            self._work = _new_work_folder(home() / "engines")
        settings = self._settings
        return EngineOptions(
            name=name,
            master=settings.engine.master,
            java_home=spark_java_home(find_java(), self._work / "java") if name == "spark" else None,
            hadoop=settings.hdfs.client,
            spark_conf=settings.spark.conf,
            work=self._work,
        )

    def _check_space(self) -> None:
        if LocalStack(home(), cache()).status().addresses is None:
            return
        free = shutil.disk_usage(home()).free
        if free < _LEAST_FREE_BYTES:
            raise DependencyDown(
                f"only {free // 2**20} MiB are free in {home()}",
                "the local stack keeps its data there",
                "free some space, or set HEALTHTRENDS_HOME to another disk",
            )


def _store(settings: Settings) -> FileStore:
    store = HdfsStore(settings.hdfs.url or "", settings.hdfs.client)
    armed = os.environ.get(failpoints.VARIABLE)
    return failpoints.FailpointStore(store, failpoints.Failpoint(armed)) if armed else store


def _pressroom(settings: Settings, closing: ExitStack) -> Pressroom:
    language, folder = settings.publish.language, settings.publish.local_dir
    if language.endswith(OWN_WORDS):
        words = parse_words(_own_words(Path(language)), language)
    elif language in languages():
        words = bundled(language)
    else:
        raise ConfigError(
            f"publish.language = {language!r} is not known",
            f"there are {', '.join(languages())}; or name a message file, which ends in {OWN_WORDS}",
            "docs/how-to/page.md tells how to write one",
        )
    if not folder:
        return Pressroom(words, lambda: chart_library(cache()), None)
    place = Path(folder).expanduser().absolute()
    local = SideBySide(LocalStore(place))
    closing.callback(local.close)
    return Pressroom(words, lambda: chart_library(cache()), local, place)


def _own_words(file: Path) -> bytes:
    try:
        return file.expanduser().read_bytes()
    except OSError as error:
        raise ConfigError(f"publish.language names {file}, which cannot be read", str(error)) from error


def _new_work_folder(parent: Path) -> Path:
    """Make a folder for an engine's log and temporary files; those of past days are removed."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    yesterday = clock.now().timestamp() - _KEEP_WORK_SECONDS
    for old in parent.iterdir():
        if old.stat().st_mtime < yesterday:
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=parent, prefix=f"{clock.now():%Y%m%dT%H%M%S}-"))


def _start_worker(settings: Settings) -> WorkerProcess:
    said = mode()
    orders = WorkerOrders(settings, said.quiet, said.verbose, said.json)
    return WorkerProcess(["-m", "healthtrends.orchestrate.worker"], msgspec.json.encode(orders))


def _crew(settings: Settings) -> Crew | None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = settings.ingest.workers or min(cores, _MOST_WORKERS)
    return (
        Crew(workers, settings.ingest.worker_records, lambda: _start_worker(settings))
        if workers > 1
        else None
    )


def _ingest_settings(settings: Settings) -> IngestSettings:
    key = read_key(settings)
    ingest = settings.ingest
    return IngestSettings(
        batch_records=ingest.batch_records,
        batch_bytes=ingest.batch_bytes,
        commit_interval=ingest.commit_interval,
        future_days=ingest.future_days,
        pseudonymise=pseudonymiser(key) if key else None,
        key_id=key_id(key) if key else None,
        on_data_loss=ingest.on_data_loss,
        crew=_crew(settings),
    )
