"""Engine `connect`: a Spark Connect server that runs elsewhere, and its address `sc://host:port`."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote
from urllib.request import proxy_bypass

from healthtrends.adapters.engines.client import Client, client_version
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.login_errors import unknown_service
from healthtrends.adapters.engines.master import ADDRESS, LAST_PORT, check_reachable, is_loopback
from healthtrends.adapters.hadoop_conf import client_conf, name_services
from healthtrends.errors import ConfigError, HdfsUnavailable
from healthtrends.observe import event

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.connect.client import ChannelBuilder

SERVER = "the Spark Connect server"
_PORT = 15002
_HEADER = re.compile(r"[a-z0-9_.-]+")
_VALUE = re.compile(r"[\x21-\x7e]+")
_LOCAL = "localhost"
"""The one host that the client sends a token to without TLS, and only when it is spelled so."""
_PROXIES = ("grpc_proxy", "https_proxy", "http_proxy")
_HOW = "write it as sc://host:15002, parameters after `/;` as in sc://host:15002/;use_ssl=true"


@dataclass(frozen=True, slots=True)
class ConnectAddress:
    """A Spark Connect server, and what is sent to it with every call."""

    host: str
    port: int
    parameters: Mapping[str, str] = field(repr=False)
    """`use_ssl`, `token` and others; it may hold secrets."""

    @property
    def place(self) -> str:
        """The address alone, which may be shown."""
        return f"sc://{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address as the client takes it; it may hold a token."""
        given = "".join(f";{name}={quote(value, safe='')}" for name, value in self.parameters.items())
        return f"{self.place}/{given}"

    @property
    def proxied(self) -> bool:
        """Whether the client goes there through a proxy of the environment; never on loopback."""
        named = any(os.environ.get(name) for name in _PROXIES)
        return named and not is_loopback(self.host) and not proxy_bypass(self.host)


def connect_address(master: str | None, token: str | None) -> ConnectAddress:
    """Read `sc://host:port/;name=value`; `token` counts when the URL has none.

    Raises ConfigError, which holds no piece of the URL behind the host.
    """
    if master is None or not master.startswith("sc://"):
        raise ConfigError(
            "the connect engine needs the address of a Spark Connect server",
            "engine.master is not set" if master is None else "engine.master does not begin with sc://",
            "give `--master sc://host:15002`",
        )
    place, *parts = master.removeprefix("sc://").split(";")
    found = ADDRESS.match(place.removesuffix("/"))
    if found is None or int(found["port"] or _PORT) > LAST_PORT:
        raise ConfigError("the address of the Spark Connect server cannot be read", "", _HOW)
    parameters = dict(_parameter(number, part) for number, part in enumerate(parts, 1) if part)
    if token is not None:
        parameters.setdefault("token", token)
    address = ConnectAddress(found["host"].lower(), int(found["port"] or _PORT), parameters)
    if "token" in parameters and parameters.get("use_ssl", "").lower() != "true":
        _check_local(address)
    return address


def _parameter(number: int, text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    value = unquote(value)
    if not _HEADER.fullmatch(name) or not _VALUE.fullmatch(value):
        raise ConfigError(
            f"parameter {number} of the Spark Connect address cannot be read",
            "it is no name=value of printable ASCII without blanks, the name in small letters",
            "correct it; in a value write %3B for a semicolon",
        )
    return name, value


def _check_local(address: ConnectAddress) -> None:
    if address.host != _LOCAL:
        raise ConfigError(
            f"the token would go to {address.host} without TLS",
            "everybody on the way could read it",
            f"write sc://{address.host}:{address.port}/;use_ssl=true; a server on this machine needs no TLS "
            f"when it is called {_LOCAL}",
        )


class ConnectEngine:
    """Engine `connect`; the server reads the files itself, so it must reach them."""

    name = "connect"

    def __init__(self, options: EngineOptions) -> None:
        self._address = connect_address(options.master, options.token)
        self._services = name_services(client_conf(options.hadoop))
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
        client = self._started()
        with self._translate_services():
            return client.read(files, schema)

    def keep(self, frame: "DataFrame") -> "DataFrame":
        """Have it read anew for each query: how much may be held there is not ours to say."""
        return frame

    def collect(self, frame: "DataFrame") -> "pa.Table":
        """Run a query; all its rows as one Arrow table."""
        client = self._started()
        with self._translate_services():
            return client.collect(frame)

    def close(self) -> None:
        """End the session; the server is not ours to stop."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @contextmanager
    def _translate_services(self) -> Iterator[None]:
        """Tell a host that does not answer from a name service that the server knows nothing of."""
        try:
            yield
        except HdfsUnavailable as seen:
            if (unknown := unknown_service(seen.why, self._services)) is None:
                raise
            raise unknown from seen

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
        check_reachable(address.place, SERVER, _PORT)


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
