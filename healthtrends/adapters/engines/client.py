"""Spark Connect client of every engine: its session, the settings that make engines agree, and its import.

The import takes 1.8 s of one core, so a run begins it in a thread while it waits for HDFS. Two threads that
import parts of PySpark at once get incomplete modules, so every engine calls `await_preload` first.
"""

import importlib
import logging
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

from healthtrends.adapters.engines.error_translation import translate_errors
from healthtrends.analyze.line_frame import read_lines
from healthtrends.errors import HealthTrendsError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.connect.client import ChannelBuilder

_importing: list[threading.Thread] = []


def preload_client() -> None:
    """Begin the import; returns at once."""
    thread = threading.Thread(target=_import_client, name="engine-import")
    _importing.append(thread)
    thread.start()


def await_preload() -> None:
    """Wait for an import that was begun."""
    while _importing:
        _importing.pop().join()


def _import_client() -> None:
    # A process that ends meanwhile refuses the import; one that goes on meets the error when it counts.
    with suppress(Exception):
        importlib.import_module("pyspark.sql.connect.session")
        importlib.import_module("pyspark.sql.functions")


os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # else gRPC writes on the terminal when Java is started
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
}
_LOUD = ("DataFrameQueryContextLogger", "SQLQueryContextLogger", "SparkConnectClient")
"""Loggers of PySpark that print on the terminal what is raised anyway, values of rows included."""
_MAX_TRIES = 3
"""The client's own 15 tries take ten minutes; waiting is the business of the run's deadline."""


class Client:
    """Opens, uses and closes one Connect session; `channel` is called once PySpark may be imported."""

    def __init__(self, name: str, channel: "Callable[[], ChannelBuilder]") -> None:
        self._name = name
        with translate_errors(name):
            self.session = _open(channel)
            try:
                for key, value in SETTINGS.items():
                    self.session.conf.set(key, value)
            except BaseException:
                self.session.client.close()  # else it tries its server again when Python ends
                raise

    def server_version(self) -> str:
        """Version of the server's Spark, e.g. `4.2.1`."""
        with translate_errors(self._name):
            return self.session.version

    def read(self, files: Sequence[str], schema: str) -> "DataFrame":
        """Read JSON lines, see `read_lines`."""
        with translate_errors(self._name):
            return read_lines(self.session, files, schema)

    def checkpoint(self, frame: "DataFrame") -> "DataFrame":
        """Have the server compute a frame and hold its rows till the session ends."""
        from pyspark.sql.connect.session import SparkSession as ConnectSession

        with translate_errors(self._name):
            # The new frame is bound to the active session of this thread, also to one of another engine.
            ConnectSession._active_session.session = self.session  # noqa: SLF001  no public setter
            return frame.localCheckpoint()

    def collect(self, frame: "DataFrame") -> "pa.Table":
        """Run a query; all its rows as one Arrow table."""
        with translate_errors(self._name):
            return frame.toArrow()

    def close(self) -> None:
        """End the session while its server still answers, else the client retries at exit."""
        with suppress(HealthTrendsError), translate_errors(self._name):
            self.session.stop()


def _open(channel: "Callable[[], ChannelBuilder]") -> "SparkSession":
    # pyspark.sql.functions asks this variable which kind of Column to make; the public builder sets it
    # too, but refuses a second session in one process, which the fallback needs.
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
    await_preload()
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    for name in _LOUD:
        logging.getLogger(name).disabled = True
    # The builder takes any channel, whatever it declares.
    session = ConnectSession.builder.channelBuilder(channel()).create()  # type: ignore[arg-type]
    session.client.set_retry_policies([DefaultPolicy(max_retries=_MAX_TRIES, max_backoff=2000)])
    return session  # type: ignore[return-value]  # the Connect class offers the same calls, is no subclass


def client_version() -> str:
    """`pyspark 4.2.1`, without importing it."""
    return f"pyspark {version('pyspark')}"
