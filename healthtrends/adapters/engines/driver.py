"""Java process of Spark's driver: it listens on loopback and ends with its parent.

PySpark's own gateway starts it, because the gateway's process reads a pipe from this one and ends when
the pipe does: a killed parent leaves no Java behind.
"""

import logging
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from healthtrends.adapters.engines.client import await_preload, client_version
from healthtrends.adapters.engines.error_translation import last_cause, resource_error, translate_errors
from healthtrends.adapters.engines.login_errors import login_error
from healthtrends.analyze.ports import EngineBroken
from healthtrends.clock import Deadline
from healthtrends.config import without_settings
from healthtrends.config.redaction import is_secret
from healthtrends.errors import ConfigError, DependencyDown, HealthTrendsError

_LOG4J = """\
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
appender.file.type = Console
appender.file.name = file
appender.file.target = SYSTEM_ERR
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss}{UTC} %p %c{1}: %m%n%ex
"""
_STOP_SECONDS = 20.0
# Java keeps counters of each process in a file in the machine's folder for temporary files.
_NO_COUNTERS = "-XX:-UsePerfData"
_DEAD_LINE = "Exception while sending command."
LOOPBACK = "127.0.0.1"


class Driver:
    """A running driver; `port` is where it offers Spark Connect on loopback."""

    def __init__(
        self,
        settings: Mapping[str, str],
        environ: Mapping[str, str],
        work: Path,
        patience: float | None = None,
    ) -> None:
        """Start it with more variables in its environment, JAVA_HOME among them.

        `patience` is how many seconds a cluster may leave it without any executor.

        Raises EngineBroken when Spark does not start, DependencyDown when the cluster does not serve it.
        """
        work.mkdir(parents=True, exist_ok=True)
        self._master = settings["spark.master"]
        self._patience = patience
        self._watchdog: ExecutorWatchdog | None = None
        self._context: Any = None
        self._log = work / "spark.log"
        (work / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")
        secret = settings["spark.connect.authenticate.token"]
        java = {**environ, "SPARK_CONNECT_AUTHENTICATE_TOKEN": secret}
        java["SPARK_LAUNCHER_OPTS"] = _NO_COUNTERS
        java["PYTHONSAFEPATH"] = "1"  # executors on this machine take no code from the working directory
        if "spark.pyspark.python" in settings:  # Connect reads it from the environment only
            java["PYSPARK_PYTHON"] = settings["spark.pyspark.python"]
        if settings.get("spark.driver.bindAddress") == LOOPBACK:
            java["SPARK_LOCAL_IP"] = LOOPBACK
        # Not as a setting: those stand in the process list, where every user can read them.
        plain = {key: value for key, value in settings.items() if not key.endswith("authenticate.token")}
        plain.setdefault("spark.local.dir", str(work))
        plain["spark.driver.extraJavaOptions"] = " ".join(
            [f"-Dlog4j2.configurationFile={(work / 'log4j2.properties').as_uri()}",
             f"-Djava.io.tmpdir={work}", _NO_COUNTERS,
             plain.get("spark.driver.extraJavaOptions", "")]
        ).strip()  # fmt: skip
        try:
            with _environment(java), translate_errors("spark"):
                self._start(plain)
        except HealthTrendsError as error:
            raise self._start_error(error) from error

    def _start(self, settings: Mapping[str, str]) -> None:
        await_preload()
        from pyspark import SparkConf
        from pyspark.java_gateway import launch_gateway

        # What Java's command line needs is never secret, and everybody can read a command line.
        shown = [(key, value) for key, value in settings.items() if not is_secret(key)]
        conf = SparkConf(loadDefaults=False).setAll(shown)
        logging.root.addFilter(_is_seen)  # Py4J logs there, and a filter is added once only
        with self._log.open("ab") as log:
            launch: Callable[..., Any] = launch_gateway
            self._gateway = launch(conf, {"stdout": log, "stderr": subprocess.STDOUT})
        self._process: subprocess.Popen[bytes] = self._gateway.proc
        if self._patience is not None:
            self._watchdog = ExecutorWatchdog(self._patience, self._lacks_executors, self._kill)
        try:
            # Here, because a Java error can be read only while its Java lives.
            with translate_errors("spark"):
                self._start_context(settings)
        except BaseException:
            self._end_process()
            raise

    def _start_context(self, settings: Mapping[str, str]) -> None:
        # Made in Java, without PySpark's own SparkContext: of that a process can have only one, also
        # after its Java has died.
        java = self._gateway.jvm
        its_conf = java.SparkConf()
        for key, value in settings.items():
            its_conf.set(key, value)
        self._context = java.org.apache.spark.api.java.JavaSparkContext(its_conf)
        service = getattr(java, "org.apache.spark.sql.connect.service.SparkConnectService$")
        self.port = int(getattr(service, "MODULE$").localPort())

    def translate_error(self, error: HealthTrendsError) -> HealthTrendsError:
        """Translate what the client could not see: no executor, or memory or disk that ran out."""
        if self._watchdog is not None and self._watchdog.timed_out:
            return self._no_executor_error(self._watchdog.seconds)
        cause = last_cause(self._log) if isinstance(error, EngineBroken) else None
        return (resource_error("spark", cause, cause) if cause else None) or error

    def stop(self) -> None:
        """Stop Spark, then its Java."""
        with suppress(Exception):  # it may be dead already, which is what is wanted
            self._context.stop()
        self._end_process()

    def _end_process(self) -> None:
        if self._watchdog is not None:
            self._watchdog.end()
        self._gateway.shutdown()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._wait()

    def _kill(self) -> None:
        """End its Java whatever it waits for; in order, so that the cluster gets notice."""
        self._process.terminate()
        self._wait()

    def _wait(self) -> None:
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _lacks_executors(self) -> bool:
        """Whether the cluster has not taken the driver yet, or jobs wait and no executor is there."""
        if self._context is None:
            return True
        with suppress(Exception):  # a driver that ends has no answer
            state = self._context.sc().statusTracker()
            itself = 1
            return bool(len(state.getActiveJobIds()) and len(state.getExecutorInfos()) <= itself)
        return False

    def _no_executor_error(self, seconds: float) -> DependencyDown:
        if self._context is None and self._master.startswith("spark://"):
            return DependencyDown(
                f"the Spark master {self._master} takes connections, but did not answer for {seconds:.0f} s",
                "it is busy, of another version of Spark, or no master at all",
                f"check `engine.master`, and that the master is of the series of {client_version()}",
            )
        return DependencyDown(
            f"the Spark cluster {self._master} gave no executor for {seconds:.0f} s",
            "it has no worker, or none with the memory and the cores that an executor asks for",
            "check its workers; ask for less with `spark.executor.memory` and `spark.executor.cores` in "
            "[spark.conf], or wait longer with `retry.deadline`",
        )

    def _start_error(self, error: HealthTrendsError) -> HealthTrendsError:
        """Return which master did not answer; else what Spark's log ends with, and where it lies."""
        if self._watchdog is not None and self._watchdog.timed_out:
            return self._no_executor_error(self._watchdog.seconds)
        if isinstance(error, ConfigError):
            return error
        if not self._master.startswith("local") and "master" in error.why.lower():
            return DependencyDown(
                f"the Spark master {self._master} does not answer",
                error.why,
                "check `engine.master` and the cluster",
            )
        why = last_cause(self._log) or error.why
        return login_error("spark", why, why) or EngineBroken("Spark did not start", why, f"see {self._log}")


def _is_seen(record: logging.LogRecord) -> bool:
    """Whether a log record is shown: Py4J's trace of a call to a dead Java is raised anyway."""
    return record.msg != _DEAD_LINE


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the child's start, and put the old ones back.

    SPARK_CONNECT_MODE_ENABLED must be absent meanwhile, or the driver's own session would be a client; and
    so must our settings, of which some are secret.
    """
    names = {*values, "SPARK_CONNECT_MODE_ENABLED", "SPARK_REMOTE"}
    names |= os.environ.keys() - without_settings(os.environ).keys()
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


_LOOK_SECONDS = 0.5


class ExecutorWatchdog:
    """Calls `on_timeout` once `lacks_executors` has been true for `seconds` without a break."""

    def __init__(
        self, seconds: float, lacks_executors: Callable[[], bool], on_timeout: Callable[[], None]
    ) -> None:
        self.seconds = seconds
        self.timed_out = False
        self._lacks_executors = lacks_executors
        self._on_timeout = on_timeout
        self._over = threading.Event()
        threading.Thread(target=self._look, name="cluster-watch", daemon=True).start()

    def end(self) -> None:
        """Look no more."""
        self._over.set()

    def _look(self) -> None:
        patience = Deadline(self.seconds)
        while not self._over.wait(_LOOK_SECONDS):
            if not self._lacks_executors():
                patience = Deadline(self.seconds)
            elif patience.passed():
                self.timed_out = True
                self._on_timeout()
                return
