"""The NameNodes behind `hdfs.url`: which there are, and which of them answer.

The HDFS client asks them in the configured order and waits for each without end, even for one that only
stands by. A NameNode that hangs keeps its connections open, so only a question with a time limit shows it:
any request of HTTP, which its RPC port answers at once, without a login, in every version and with Kerberos.
"""

import re
import socket
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

from healthtrends import clock
from healthtrends.adapters.hadoop_conf import client_conf
from healthtrends.errors import ConfigError

ANSWER_SECONDS = 1.5
"""A NameNode that says nothing for so long hangs."""
_KEPT_SECONDS = 1.0  # one look serves all calls that wait at the same time
_PORT = 8020
_PORT_AT_END = re.compile(r":\d+\Z")
_HTTP = b"GET / HTTP/1.0\r\n\r\n"
_SIMPLE = b"hrpc\x09\x00\x00"  # version 9, no service class, without a login
_KERBEROS = b"SIMPLE authentication is not enabled"

_left_out: dict[frozenset[tuple[str, str]], frozenset[str]] = {}
"""NameNodes that hang, by names and addresses of all: the next client need not find it out again."""


class NameNodes:
    """Addresses by the configuration, and looks at them."""

    def __init__(self, url: str, client: Mapping[str, str]) -> None:
        """`client` are Hadoop client keys. Raises ConfigError for a URL that names no NameNode."""
        self.conf = client_conf(client)
        """All keys, those of the machine included."""
        parts = urlsplit(url)
        self.where = parts.netloc
        self._service = parts.netloc
        self._addresses = {} if parts.scheme == "viewfs" else self._named(url)
        self._lock = threading.Lock()
        self._silent: frozenset[str] = frozenset()
        self._looked_at: float | None = None

    @property
    def are_several(self) -> bool:
        """Whether there is another one to turn to."""
        return len(self._addresses) > 1

    @property
    def uses_kerberos(self) -> bool:
        """Whether this client is set up to log in."""
        return self.conf.get("hadoop.security.authentication", "simple") != "simple"

    @property
    def protects_data(self) -> bool:
        """Whether this client is set up to log in at DataNodes, too."""
        return "dfs.data.transfer.protection" in self.conf

    @property
    def left_out(self) -> frozenset[str]:
        """Names of those that a client of this process has left out last."""
        return _left_out.get(frozenset(self._addresses.items()), frozenset())

    @left_out.setter
    def left_out(self, names: frozenset[str]) -> None:
        _left_out[frozenset(self._addresses.items())] = names

    def silent(self) -> frozenset[str]:
        """Names of those that accept connections and say nothing, or do not even that; see `ANSWER_SECONDS`.

        One that refuses a connection is not among them: the client goes to the next by itself.
        """
        with self._lock:
            if self._looked_at is None or clock.monotonic() - self._looked_at > _KEPT_SECONDS:
                with ThreadPoolExecutor(max(1, len(self._addresses))) as pool:
                    hang = dict(zip(self._addresses, pool.map(_hangs, self._addresses.values()), strict=True))
                self._silent = frozenset(name for name, silent in hang.items() if silent)
                self._looked_at = clock.monotonic()
            return self._silent

    def without(self, names: Iterable[str]) -> dict[str, str]:
        """Client keys that leave these out; none when nothing or nobody would be left out."""
        left = [name for name in self._addresses if name not in set(names)]
        if not left or len(left) == len(self._addresses):
            return {}
        return {f"dfs.ha.namenodes.{self._service}": ",".join(left)}

    def answering(self) -> dict[str, str]:
        """Client keys for a client of another kind, which would wait for a NameNode that hangs."""
        return self.without(self.silent()) if self.are_several else {}

    def all_answer(self) -> bool:
        """Whether each of them does, so that it was somebody else who refused a connection."""
        return all(_reply(address, _HTTP) for address in self._addresses.values())

    def wants_kerberos(self) -> bool:
        """Whether one of them says that nobody gets in without Kerberos."""
        return any(_KERBEROS in _reply(address, _SIMPLE) for address in self._addresses.values())

    def _named(self, url: str) -> dict[str, str]:
        """Name and address of each NameNode; the one of a URL with a port has none."""
        if "," in self._service:
            raise ConfigError(
                "hdfs.url takes one address",
                f"{url} names several",
                "two NameNodes are one name service: write its name, hdfs://NAME, and the addresses to "
                "[hdfs.client], see `docs/how-to/own-cluster.md`",
            )
        if _PORT_AT_END.search(self._service):
            return {"": self._service}
        names = self.conf.get(f"dfs.ha.namenodes.{self._service}", "")
        key = f"dfs.namenode.rpc-address.{self._service}"
        found = {
            name: self.conf[f"{key}.{name}"]
            for name in (each.strip() for each in names.split(","))
            if f"{key}.{name}" in self.conf
        }
        if not found:
            raise ConfigError(
                f"{url} names no port, and no name service that is configured",
                f"neither [hdfs.client] nor HADOOP_CONF_DIR has dfs.ha.namenodes.{self._service} "
                f"with an address {key}.NAME for each",
                f"one NameNode: hdfs://{self._service}:{_PORT} ({_PORT} is the usual port); a name service: "
                "set these keys, or HADOOP_CONF_DIR to the cluster's configuration",
            )
        for name, address in found.items():
            if not _PORT_AT_END.search(address):
                raise ConfigError(
                    f"{key}.{name} names no port",
                    f"it is {address}, and the HDFS client takes none for granted",
                    f"write {address}:{_PORT} ({_PORT} is the usual port)",
                )
        return found


def _hangs(address: str) -> bool:
    try:
        return not _ask(address, _HTTP)
    except TimeoutError:
        return True
    except OSError:
        return False


def _reply(address: str, question: bytes) -> bytes:
    with suppress(OSError):
        return _ask(address, question)
    return b""


def _ask(address: str, question: bytes) -> bytes:
    """First bytes of the answer. Raises TimeoutError, or OSError when there is no connection."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS) as connection:
        connection.sendall(question)
        return connection.recv(1024)
