"""Where a cluster is, and whether it answers at all, asked before anything starts.

Spark itself waits a minute for a standalone master that is not there, and its client ten.
"""

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote
from urllib.request import proxy_bypass

from healthtrends.errors import ConfigError, DependencyDown

_CONNECT_PORT = 15002
_LAST_PORT = 65_535
_SECONDS = 5.0
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/;,?#@=\s]+)(?::(?P<port>\d{1,5}))?$")
_HEADER = re.compile(r"[a-z0-9_.-]+")
_VALUE = re.compile(r"[\x21-\x7e]+")
_LOCAL = "localhost"
"""The one host that the client sends a token to without TLS, and only when it is spelled so."""
_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:|$)")
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
    found = _ADDRESS.match(place.removesuffix("/"))
    if found is None or int(found["port"] or _CONNECT_PORT) > _LAST_PORT:
        raise ConfigError("the address of the Spark Connect server cannot be read", "", _HOW)
    parameters = dict(_parameter(number, part) for number, part in enumerate(parts, 1) if part)
    if token is not None:
        parameters.setdefault("token", token)
    address = ConnectAddress(found["host"].lower(), int(found["port"] or _CONNECT_PORT), parameters)
    if "token" in parameters and parameters.get("use_ssl", "").lower() != "true":
        _must_be_local(address)
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


def _must_be_local(address: ConnectAddress) -> None:
    if address.host != _LOCAL:
        raise ConfigError(
            f"the token would go to {address.host} without TLS",
            "everybody on the way could read it",
            f"write sc://{address.host}:{address.port}/;use_ssl=true; a server on this machine needs no TLS "
            f"when it is called {_LOCAL}",
        )


def is_loopback(address: str) -> bool:
    """Whether `host` or `host:port` is only for programs of this machine, by the way it is spelled."""
    return _LOOPBACK.match(address) is not None


def must_answer(url: str, what: str, port: int = _CONNECT_PORT) -> None:
    """Connect to one of `scheme://host:port[,host:port]`, and let go again; `port` when it names none.

    Raises DependencyDown that names host and port, never what follows them: it may be a token.
    Raises ConfigError when no address can be read from the URL.
    """
    causes = []
    for address in url.partition("://")[2].partition("/")[0].split(","):
        found = _ADDRESS.match(address)
        if found is None or int(found["port"] or port) > _LAST_PORT:
            raise ConfigError(f"the address of {what} cannot be read", "", "write it as scheme://host:port")
        host, number = found["host"].strip("[]"), int(found["port"] or port)
        try:
            socket.create_connection((host, number), _SECONDS).close()
        except OSError as error:
            causes.append(f"{host}:{number}: {error.strerror or error}")
        else:
            return
    raise DependencyDown(
        f"{what} does not answer", "; ".join(causes), "check `engine.master` and the cluster"
    )
