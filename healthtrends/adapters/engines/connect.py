"""A Spark Connect server that runs elsewhere (`sc://host:port`)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthtrends.adapters.engines.address import must_answer
from healthtrends.adapters.engines.client import Client, client_version
from healthtrends.adapters.engines.options import EngineOptions
from healthtrends.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession


class ConnectEngine:
    """Engine `connect`; the server reads the files itself, so it must reach them."""

    name = "connect"

    def __init__(self, options: EngineOptions) -> None:
        self._url = connect_url(options)
        self._client: Client | None = None

    @property
    def version(self) -> str:
        """Server (once connected) and client: `spark 4.2.1, pyspark 4.2.1`."""
        server = f"spark {self._client.session.version}, " if self._client is not None else ""
        return f"{server}{client_version()}"

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
            must_answer(self._url, "the Spark Connect server")
            self._client = Client(self.name, self._url)
        return self._client


def connect_url(options: EngineOptions) -> str:
    """Give the address of the server. Raises ConfigError when it is missing or of another kind."""
    if options.master is None or not options.master.startswith("sc://"):
        raise ConfigError(
            "the connect engine needs the address of a Spark Connect server",
            "engine.master is not set"
            if options.master is None
            else "engine.master does not begin with sc://",
            "give `--master sc://host:15002`",
        )
    return options.master
