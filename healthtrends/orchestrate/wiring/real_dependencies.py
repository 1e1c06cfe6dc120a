"""A pipeline on real servers, and what a worker process of its ingest needs."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from healthtrends.adapters import failpoints
from healthtrends.adapters.alert import check_hook, send_alert
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.adapters.kafka_topic import KafkaTopic
from healthtrends.adapters.namenodes import NameNodes
from healthtrends.adapters.worker_process import WorkerProcess
from healthtrends.config import Settings, cache, home
from healthtrends.config.engines import EngineName
from healthtrends.config.permissions import TEMP, keep_private
from healthtrends.devstack.java import find_java, spark_java_home
from healthtrends.devstack.plain_path import engine_path
from healthtrends.errors import ConfigError, DependencyDown
from healthtrends.icd.edition import Edition
from healthtrends.ingest.numbered_topic import NumberedTopic
from healthtrends.ingest.settings import ExecutorPool
from healthtrends.ingest.stager import LocalStager
from healthtrends.model.known_days import KnownDays
from healthtrends.observe import Bar, mode
from healthtrends.orchestrate.alarm_news import AlarmNewsRule
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.orchestrate.preflight import check_safe_mode, check_space
from healthtrends.orchestrate.signals import check_alarms
from healthtrends.orchestrate.wiring.code_edition import open_edition
from healthtrends.orchestrate.wiring.ingest_settings import (
    WorkerOrders,
    ingest_settings,
    read_key,
    read_seal_key,
)
from healthtrends.orchestrate.wiring.known_days import open_known_days
from healthtrends.orchestrate.wiring.local_stack import (
    local_stack,
    measure_addresses,
    resolve_addresses,
    running_addresses,
    with_addresses,
)
from healthtrends.orchestrate.wiring.page_resources import page_resources
from healthtrends.orchestrate.wiring.rights_check import rights_of
from healthtrends.orchestrate.wiring.temp_dir import own_temp_folder
from healthtrends.release.policy import INTERNAL, Policy
from healthtrends.storage.layout import Layout
from healthtrends.storage.ports import FileStore
from healthtrends.storage.root_format import GuardedStore
from healthtrends.storage.seal import Seal
from healthtrends.storage.store_pool import StorePool

if TYPE_CHECKING:
    from healthtrends.adapters.engines.engine_options import EngineOptions
    from healthtrends.ingest.ports import Topic
    from healthtrends.orchestrate.engine_fallback import EngineWithFallback
    from healthtrends.orchestrate.preflight import Check
    from healthtrends.publish.versioned_tables import TablePlace

__all__ = ["RunOptions", "check_hook", "open_pipeline", "open_stager"]

_PACKAGES = Path(__file__).resolve().parents[3]
# Not `-m`, which looks into the working directory first: that may be somebody else's.
_WORKER = (
    "import runpy, sys; sys.path.append(sys.argv[1]);"
    " runpy.run_module('healthtrends.orchestrate.wiring.worker_entry', run_name='__main__')"
)
_WORKER_QUEUE_KBYTES = "8192"


@contextmanager
def open_pipeline(
    settings: Settings,
    note: Callable[[str], None],
    *,
    start_stack: bool = True,
    make_topic: bool = True,
) -> Iterator[Pipeline]:
    """Open a pipeline on the configured servers, or on the local stack, which is started first.

    `note` gets a line for each thing the local stack does. There a missing topic is made, unless not
    `make_topic`. Raises DependencyDown when the stack does not run and is not to be started.
    """
    edition = open_edition(settings.diagnosis)  # refused, if at all, before a server starts
    known_days = open_known_days(settings.detect)
    check_alarms(settings.alarms)
    is_local = settings.uses_local_stack
    if is_local:
        if not start_stack:
            running_addresses()
        settings = resolve_addresses(settings, note, make_topic=make_topic)
    measure_addresses(settings)
    with ExitStack() as closing:
        dependencies = _RealDependencies(settings, edition, known_days, closing)
        if is_local:
            dependencies.temp_folder()
        yield Pipeline(dependencies)


@contextmanager
def open_reader(settings: Settings) -> Iterator[Pipeline]:
    """Open a pipeline for a program that reads: no server is started, and no temporary folder is made.

    Raises DependencyDown when nothing is configured and the local stack does not run.
    """
    edition, known_days = open_edition(settings.diagnosis), open_known_days(settings.detect)
    check_alarms(settings.alarms)
    if settings.uses_local_stack:
        settings = with_addresses(settings, running_addresses())
    with ExitStack() as closing:
        yield Pipeline(_RealDependencies(settings, edition, known_days, closing))


def open_stager(settings: Settings, bar: Bar) -> LocalStager:
    """Open what a worker process of the ingest needs, for as long as the process lives."""
    kafka = settings.kafka
    # Decoding is slower than fetching: a short queue of messages is enough, and little is fetched in vain.
    conf = {"queued.max.messages.kbytes": _WORKER_QUEUE_KBYTES, **kafka.client}
    topic = KafkaTopic(kafka.bootstrap_servers or "", kafka.topic, conf)
    store, layout = _store(settings), Layout(settings.hdfs.root)
    return LocalStager(NumberedTopic(topic), store, layout, ingest_settings(settings, None), bar)


class _RealDependencies:
    """`Dependencies` of a pipeline on real servers; what starts slowly is made at its first use."""

    def __init__(
        self, settings: Settings, edition: Edition, known_days: KnownDays, closing: ExitStack
    ) -> None:
        self.edition = edition
        self.known_days = known_days
        self._settings = settings
        self._closing = closing
        self._topic: KafkaTopic | None = None
        self._temp: Path | None = None
        self._day_computer: EngineWithFallback | None = None
        self._executor_pool: ExecutorPool | None = None
        self.layout = Layout(settings.hdfs.root)
        self.quality = settings.quality
        self.publish = settings.publish
        self.release = settings.release
        self.retention = settings.retention
        self.alarms = settings.alarms
        self.deadline = settings.retry.deadline
        self.settings = ingest_settings(settings, lambda: _start_worker(settings))
        self.snapshot_every = settings.ingest.snapshot_every
        self.compact_above = settings.ingest.compact_above
        self.transform_name = settings.rejects.transform
        alert = settings.alert
        self.alert_quiet_facilities = alert.quiet_facilities
        self.alert_alarms = AlarmNewsRule(alert.alarms_from, alert.alarms_min_count, alert.alarms_max_age)
        self.seal = Seal(read_seal_key(settings))
        self.pool = StorePool(_store(settings))
        closing.callback(self.pool.close)
        self.policy: Policy = INTERNAL
        self.pages = page_resources(settings, closing, edition)

    @property
    def where(self) -> Mapping[str, Any]:
        """Addresses as `status` shows them."""
        kafka, hdfs = self._settings.kafka, self._settings.hdfs
        stack = local_stack().status()
        ours = stack.addresses
        is_ours = ours is not None and ours.bootstrap_servers == kafka.bootstrap_servers
        return {
            "stack": {
                "running": stack.running,
                "home": str(home()),
                "secure": ours is not None and ours.is_secure,
            },
            "kafka": {
                "bootstrap_servers": kafka.bootstrap_servers,
                "topic": kafka.topic,
                "client_file": str(ours.kafka_client_file) if ours is not None and is_ours else None,
            },
            "hdfs": {"url": hdfs.url, "root": hdfs.root},
        }

    def topic(self) -> "Topic":
        """The configured topic."""
        if self._topic is None:
            kafka = self._settings.kafka
            self._topic = KafkaTopic(kafka.bootstrap_servers or "", kafka.topic, kafka.client)
            self._closing.callback(self._topic.close)
        return self._topic

    def day_computer(self) -> "EngineWithFallback":
        """The configured engine, and the one to use in its place."""
        if self._day_computer is None:
            from healthtrends.adapters.engines.factory import open_engine
            from healthtrends.orchestrate.engine_fallback import EngineWithFallback

            options = self._engine_options(self._settings.engine.name)
            has_fallback = self._settings.engine.fallback and options.name == "embedded"
            self._day_computer = EngineWithFallback(
                self._settings.hdfs.url or "",
                open_engine(options),
                (lambda: open_engine(self._engine_options("spark"))) if has_fallback else None,
                self._settings.source.timezone,
                self.edition,
                self.alarms.levels,
            )
            self._closing.callback(self._day_computer.close)
        return self._day_computer

    def executor_pool(self) -> ExecutorPool:
        """Executors of the configured Spark master; fetches Spark's Kafka source, and starts nothing."""
        if self._executor_pool is None:
            from healthtrends.adapters.engines.factory import check, open_engine
            from healthtrends.adapters.executors.job import SparkExecutors
            from healthtrends.adapters.executors.kafka_options import spark_source
            from healthtrends.adapters.executors.task_settings import brings_jars, staging_conf, task_settings
            from healthtrends.devstack.kafka_source_jars import kafka_source

            kafka, conf = self._settings.kafka, self._settings.spark.conf
            source = spark_source(kafka.bootstrap_servers or "", kafka.client)
            jars = [] if brings_jars(conf) else kafka_source(cache())
            options = replace(self._engine_options("spark"), spark_conf=staging_conf(conf, jars))
            check(options)
            engine = open_engine(options)
            self._closing.callback(engine.close)
            listed = self.settings.opt_out.lines if self.settings.opt_out else ()
            given = task_settings(
                self._settings,
                read_key(self._settings),
                listed,
                self.settings.reader_schema,
                self.settings.cipher,
            )
            executors = SparkExecutors(engine, source, given)
            self._executor_pool = ExecutorPool(executors, self._settings.ingest.worker_records)
        return self._executor_pool

    def checks(self) -> "Sequence[Check]":
        """Preflight checks of space and engine."""
        return [self._check_space, self._check_engine, self.delta_place]

    def delta_place(self) -> "TablePlace | None":
        """The place of the settings, when runs write there."""
        if not self._settings.delta.enabled:
            return None
        from healthtrends.orchestrate.wiring.delta_place import open_delta_place

        return open_delta_place(self._settings)

    def ready_checks(self) -> "Mapping[str, Check]":
        """The pseudonym key, and a NameNode that takes writes."""
        return {
            "pseudonym key": lambda: read_key(self._settings),
            "HDFS": lambda: check_safe_mode(self.pool, self.layout),
        }

    def warm_up(self) -> None:
        """Import the engine's client in a thread; in another, what pages are made with."""
        from healthtrends.adapters.engines.factory import preload_client

        preload_client()
        threading.Thread(target=self.pages.preload, name="preload-pages").start()

    def alert(self, summary: Mapping[str, object]) -> None:
        """Tell the configured hooks."""
        send_alert(self._settings.alert, summary)

    def _check_engine(self) -> None:
        from healthtrends.adapters.engines.factory import check

        check(self._engine_options(self._settings.engine.name))

    def _engine_options(self, name: EngineName) -> "EngineOptions":
        from healthtrends.adapters.engines.engine_options import EngineOptions

        settings, work = self._settings, self.temp_folder()
        hdfs = settings.hdfs
        return EngineOptions(
            name=name,
            master=settings.engine.master,
            token=settings.engine.token,
            memory=settings.engine.memory_bytes,
            patience=settings.retry.deadline,
            java_home=_java_of_spark(work / "java") if name == "spark" else None,
            hadoop={**hdfs.client, **NameNodes(hdfs.url or "", hdfs.client).answering()},
            spark_conf=settings.spark.conf,
            work=work,
        )

    def temp_folder(self) -> Path:
        """For temporary files of this process and its children until the pipeline is closed."""
        if self._temp is None:
            keep_private(home())
            self._temp = self._closing.enter_context(own_temp_folder(engine_path(home() / TEMP, cache())))
        return self._temp

    def _check_space(self) -> None:
        if local_stack().status().addresses is not None:
            check_space(home())


def _java_of_spark(folder: Path) -> Path:
    """Give a Java home for Spark; none is a fault of the set-up, not of a server."""
    try:
        return spark_java_home(find_java(), folder)
    except DependencyDown as error:
        raise ConfigError("Spark has no Java to run on", error.why, error.next_step) from error


def _store(settings: Settings) -> FileStore:
    store = HdfsStore(settings.hdfs.url or "", settings.hdfs.client, rights_of(settings))
    armed = os.environ.get(failpoints.VARIABLE)
    inner = failpoints.FailpointStore(store, failpoints.Failpoint(armed)) if armed else store
    return GuardedStore(inner, Layout(settings.hdfs.root))


def _start_worker(settings: Settings) -> WorkerProcess:
    said = mode()
    task_settings = WorkerOrders(settings, said.quiet, said.verbose, said.json, said.log_format)
    return WorkerProcess(["-P", "-c", _WORKER, str(_PACKAGES)], msgspec.json.encode(task_settings))
