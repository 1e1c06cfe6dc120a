"""Engine `embedded`: Sail in this process, a day of a million records in seconds, without Java.

Sail is a Spark Connect server, which here only this process can reach, see `sail`.
"""

import json
import os
import shutil
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from healthtrends.adapters.engines.client import Client, client_version
from healthtrends.adapters.engines.engine_options import EngineOptions, query_memory, write_client_conf
from healthtrends.adapters.engines.error_translation import translate_errors
from healthtrends.adapters.engines.seccomp import Supervisor, check_supervision
from healthtrends.analyze.ports import EngineBroken
from healthtrends.clock import Deadline
from healthtrends.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.connect.client import ChannelBuilder

FITS = {"0.7.2": ("4.0", "4.1", "4.2")}
"""pysail -> the pyspark series it works with; with another the client's calls fail half-way."""


_CONF = "HADOOP_CONF_DIR"


class EmbeddedEngine:
    """Engine `embedded`; nothing starts before the first call that needs the session."""

    name = "embedded"

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._server: SailServer | None = None
        self._client: Client | None = None
        self._kept = options.work / "kept"
        self._conf: Path | None = None
        self._conf_before: str | None = None

    @property
    def version(self) -> str:
        """`pysail 0.7.2, pyspark 4.2.1`."""
        return f"pysail {version('pysail')}, {client_version()}"

    def session(self) -> "SparkSession":
        """Start on the first call."""
        return self._started().session

    def read(self, files: Sequence[str], schema: str) -> "DataFrame":
        """Read JSON lines. A missing file is no error here but gives no rows; the caller knows counts."""
        return self._started().read(files, schema)

    def keep(self, frame: "DataFrame") -> "DataFrame":
        """Write it to the work folder in columns: a fifth of the text, and read five times as fast.

        Sail removes it when the session ends.
        """
        return self._started().checkpoint(frame)

    def collect(self, frame: "DataFrame") -> "pa.Table":
        """Run a query; all its rows as one Arrow table."""
        return self._started().collect(frame)

    def close(self) -> None:
        """End session and server."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._server is not None:
            self._server.stop()
            self._server = None
        shutil.rmtree(self._kept, ignore_errors=True)
        self._drop_conf()

    def _started(self) -> Client:
        if self._client is None:
            check_embedded()
            self._kept.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.environ.setdefault("RUST_LOG", "off")  # Sail logs on stderr; its errors reach us as errors
            os.environ |= self._settings()
            if self._options.hadoop:
                self._use_conf(write_client_conf(self._options))
            with translate_errors(self.name):
                server = SailServer(self._kept)
            try:
                self._client = Client(self.name, partial(_channel, server))
            except BaseException:
                server.stop()
                raise
            self._server = server
        return self._client

    def _use_conf(self, folder: Path) -> None:
        if self._conf is None:  # else a start failed, and the variable names this folder already
            self._conf, self._conf_before = folder, os.environ.get(_CONF)
        os.environ[_CONF] = str(folder)

    def _drop_conf(self) -> None:
        """Remove the Hadoop configuration of this engine: its keys may be secret."""
        if self._conf is None:
            return
        shutil.rmtree(self._conf, ignore_errors=True)
        self._conf = None
        if self._conf_before is None:
            os.environ.pop(_CONF, None)
        else:
            os.environ[_CONF] = self._conf_before

    def _settings(self) -> dict[str, str]:
        """Sail's own settings, which it takes from the environment; of others the user's stay."""
        return {
            "SAIL_EXECUTION__CHECKPOINT__PATH": self._kept.absolute().as_uri(),
            # `fair`: what one operator may hold shrinks as others come, and it writes the rest to disk.
            "SAIL_RUNTIME__MEMORY_POOL__TYPE": "fair",
            "SAIL_RUNTIME__MEMORY_POOL__FAIR__MAX_SIZE": str(query_memory(self._options)),
            # What is kept lives for seconds: a fifth of its writing went into packing and into page bounds.
            "SAIL_PARQUET__COMPRESSION": "snappy",
            "SAIL_PARQUET__STATISTICS_ENABLED": "none",
            # Pseudonyms: not in the system's folder for everybody.
            "SAIL_RUNTIME__TEMPORARY_FILES__PATHS": json.dumps([str(self._kept.absolute())]),
        }


def _channel(server: "SailServer") -> "ChannelBuilder":
    from healthtrends.adapters.engines.channels import SocketChannel

    return SocketChannel(server.single_connection)


def check_embedded() -> None:
    """Raise ConfigError unless pysail fits pyspark and can be kept from others; cheap, imports neither."""
    try:
        sail, spark = version("pysail"), version("pyspark")
    except PackageNotFoundError as error:
        raise ConfigError(
            "the embedded engine is not installed", f"no package {error.name}", "run `make setup`"
        ) from error
    series = FITS.get(sail)
    if series is not None and not spark.startswith(tuple(f"{each}." for each in series)):
        raise ConfigError(
            f"pysail {sail} does not work with pyspark {spark}",
            f"it needs pyspark {series[0]} to {series[-1]}",
            "install the locked versions with `make setup`, or use `--engine spark`",
        )
    check_supervision()


_SECONDS = 20.0
_PEER = struct.Struct("3i")
"""`struct ucred`: process, user, group."""


class SailServer:
    """A running Sail server; `single_connection` is the only way to reach it."""

    def __init__(self, work: Path) -> None:
        """Start it; `work` is a folder for the socket. Raises ConfigError where others could reach it."""
        from pysail.spark import SparkConnectServer

        self._work = work
        self._supervisor = Supervisor()
        self._server = SparkConnectServer()
        try:
            self._supervisor.start(self._server.start)
            self._check_port_closed()
        except BaseException:
            self.stop()
            raise

    @contextmanager
    def single_connection(self) -> Iterator[str]:
        """Give the path to connect to; at the end the server has that connection, and the path is gone.

        Raises EngineBroken when nobody connected, or when the server did not take it.
        """
        with (
            TemporaryDirectory(dir=self._work) as folder,  # of mode 0700
            _opened(folder) as number,
            socket.socket(socket.AF_UNIX) as listening,
        ):
            # By its descriptor: a path of a socket has 107 bytes at most.
            path = f"/proc/self/fd/{number}/sail"
            listening.bind(path)
            listening.listen()
            yield path
            try:
                with _from_this_process(listening) as connection:
                    self._supervisor.give(connection, _SECONDS)
            except TimeoutError as error:
                raise EngineBroken("the embedded engine does not start", str(error)) from error

    def stop(self) -> None:
        """End it; close its client first."""
        self._supervisor.close()
        if self._server.running:
            self._server.stop()

    def _check_port_closed(self) -> None:
        """Try the port: a later Sail may open it by other system calls."""
        with socket.socket() as probe:
            if probe.connect_ex(self._server.listening_address) == 0:
                raise ConfigError(
                    "the embedded engine could be used by other users of this machine",
                    "its port is open",
                    "use `--engine spark`, which asks for a token",
                )


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield number
    finally:
        os.close(number)


def _from_this_process(listening: socket.socket) -> socket.socket:
    """Wait for a connection of our own, and end those of others. Raises TimeoutError."""
    patience = Deadline(_SECONDS)
    while not patience.passed():
        listening.settimeout(patience.remaining())
        connection, _ = listening.accept()
        process, _, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        if process == os.getpid():
            return connection
        connection.close()
    raise TimeoutError("its client did not connect")
