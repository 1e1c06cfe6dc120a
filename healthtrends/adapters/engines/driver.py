"""The Java process of Spark's driver: started quiet, listening on loopback, ended with its parent.

PySpark's own gateway starts it, because the gateway's process reads a pipe from this one and ends when
the pipe does: a killed parent leaves no Java behind.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from healthtrends.adapters.engines import warm
from healthtrends.adapters.engines.failures import ran_out, translated
from healthtrends.adapters.engines.sparklog import last_cause
from healthtrends.analyze.ports import EngineBroken
from healthtrends.config.secret import is_secret
from healthtrends.errors import DependencyDown, HealthTrendsError

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


class Driver:
    """A running driver; `port` is where it offers Spark Connect on loopback."""

    def __init__(self, settings: Mapping[str, str], java_home: str, work: Path) -> None:
        work.mkdir(parents=True, exist_ok=True)
        self._log = work / "spark.log"
        (work / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")
        secret = settings["spark.connect.authenticate.token"]
        java = {"JAVA_HOME": java_home, "SPARK_CONNECT_AUTHENTICATE_TOKEN": secret}
        if "spark.pyspark.python" in settings:  # Connect reads it from the environment only
            java["PYSPARK_PYTHON"] = settings["spark.pyspark.python"]
        if settings["spark.master"].startswith("local"):
            java["SPARK_LOCAL_IP"] = "127.0.0.1"
        # Not as a setting: those stand in the process list, where every user can read them.
        plain = {key: value for key, value in settings.items() if not key.endswith("authenticate.token")}
        plain.setdefault("spark.local.dir", str(work))
        plain["spark.driver.extraJavaOptions"] = " ".join(
            [f"-Dlog4j2.configurationFile={(work / 'log4j2.properties').as_uri()}",
             plain.get("spark.driver.extraJavaOptions", "")]
        ).strip()  # fmt: skip
        try:
            with _environment(java), translated("spark"):
                self._start(plain)
        except HealthTrendsError as error:
            raise self._explained(error, plain["spark.master"]) from error

    def _start(self, settings: Mapping[str, str]) -> None:
        warm.wait()
        from pyspark import SparkConf
        from pyspark.java_gateway import launch_gateway

        # What Java's command line needs is never secret, and everybody can read a command line.
        shown = [(key, value) for key, value in settings.items() if not is_secret(key)]
        conf = SparkConf(loadDefaults=False).setAll(shown)
        with self._log.open("ab") as log:
            launch: Callable[..., Any] = launch_gateway
            self._gateway = launch(conf, {"stdout": log, "stderr": subprocess.STDOUT})
        self._process: subprocess.Popen[bytes] = self._gateway.proc
        try:
            with translated("spark"):  # here, because a Java error can be read only while its Java lives
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

    def told(self, error: EngineBroken) -> EngineBroken:
        """Say that memory or disk ran out when the log does: the client has only seen a dead line."""
        cause = last_cause(self._log)
        return (ran_out("spark", cause, cause) if cause else None) or error

    def stop(self) -> None:
        """Stop Spark, then its Java."""
        with suppress(Exception):  # it may be dead already, which is what is wanted
            self._context.stop()
        self._end_process()

    def _end_process(self) -> None:
        self._gateway.shutdown()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _explained(self, error: HealthTrendsError, master: str) -> HealthTrendsError:
        """Say which master did not answer; else what Spark's log ends with, and where it lies."""
        if not master.startswith("local") and "master" in error.why.lower():
            return DependencyDown(
                f"the Spark master {master} does not answer",
                error.why,
                "check `engine.master` and the cluster",
            )
        why = last_cause(self._log) or error.why
        return EngineBroken("Spark did not start", why, f"see {self._log}")


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the child's start, and put the old ones back.

    SPARK_CONNECT_MODE_ENABLED must be absent meanwhile, or the driver's own session would be a client.
    """
    names = (*values, "SPARK_CONNECT_MODE_ENABLED", "SPARK_REMOTE")
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
