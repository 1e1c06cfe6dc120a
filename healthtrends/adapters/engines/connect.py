"""A Spark Connect server that runs elsewhere (`sc://host:port`)."""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from healthtrends.adapters.engines.address import ConnectAddress, connect_address, must_answer
from healthtrends.adapters.engines.client import Client, client_version
from healthtrends.adapters.engines.options import EngineOptions
from healthtrends.errors import ConfigError
from healthtrends.observe import event

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.connect.client import ChannelBuilder

SERVER = "the Spark Connect server"


class ConnectEngine:
    """Engine `connect`; the server reads the files itself, so it must reach them."""

    name = "connect"

    def __init__(self, options: EngineOptions) -> None:
        self._address = connect_address(options.master, options.token)
        self._client: Client | None = None
        self._server: str | None = None

    @property
    def version(self) -> str:
        """Server (once connected) and client: `spark 4.2.1, pyspark 4.2.1`."""
        return f"spark {self._server}, {client_version()}" if self._server else client_version()

    def session(self) -> "SparkSession":
        """Connect on the first call."""
        return self._started().session

    def read(self, files: Sequence[str], schema: str) -> "DataFrame":
        """Read JSON lines."""
        return self._started().read(files, schema)

    def keep(self, frame: "DataFrame") -> "DataFrame":
        """Have it read anew for each query: how much may be held there is not ours to say."""
        return frame

    def collect(self, frame: "DataFrame") -> "pa.Table":
        """Run a query; all its rows as one Arrow table."""
        return self._started().collect(frame)

    def close(self) -> None:
        """End the session; the server is not ours to stop."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _started(self) -> Client:
        if self._client is None:
            _check_answer(self._address)
            client = Client(self.name, partial(_channel, self._address))
            try:
                self._server = _fitting_version(client)
            except BaseException:
                client.close()
                raise
            self._client = client
        return self._client


def check_connect(options: EngineOptions) -> None:
    """Raise ConfigError when the address cannot be right, DependencyDown when nobody answers there."""
    _check_answer(connect_address(options.master, options.token))


def _check_answer(address: ConnectAddress) -> None:
    """Behind a proxy there may be no direct way to it; whether the proxy finds one, the first call shows."""
    if not address.proxied:
        must_answer(address.place, SERVER)


def _channel(address: ConnectAddress) -> "ChannelBuilder":
    from healthtrends.adapters.engines.channels import remote_channel

    return remote_channel(address.url, proxy=address.proxied)


def _fitting_version(client: Client) -> str:
    """Give the server's version; refuse another major one, and say so when its series is another."""
    server, ours = client.server_version(), version("pyspark")
    if server.split(".")[:1] != ours.split(".")[:1]:
        raise ConfigError(
            f"the Spark Connect server is Spark {server}, which does not fit pyspark {ours}",
            "they understand each other only within one major version",
            f"use a server of Spark {ours.rpartition('.')[0]}, or `--engine spark`",
        )
    if server.split(".")[:2] != ours.split(".")[:2]:
        event("engine.other_series", server=f"spark {server}", client=f"pyspark {ours}")
    return server
