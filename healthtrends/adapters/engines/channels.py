"""gRPC channels of PySpark's client: to a server in this process, on this machine, or elsewhere.

Imports PySpark, which takes a second: load this module only when an engine starts.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import grpc
from pyspark.sql.connect.client import ChannelBuilder, DefaultChannelBuilder

_NO_COMPRESSION = ("grpc.compression_enabled_algorithms_bitset", 1)
"""Sail packs results with gzip for a client that can read it: a second of a core for 40 MB over loopback."""
_NO_PROXY = ("grpc.enable_http_proxy", 0)
_NEVER_IDLE = ("grpc.client_idle_timeout_ms", 2**31 - 1)
"""gRPC would let go of a connection that is unused for half an hour."""
_AUTHORITY = ("grpc.default_authority", "localhost")
"""gRPC would name the path of the socket, which is no host name to an HTTP/2 server."""
_OWN_CONNECTION = ("grpc.use_local_subchannel_pool", 1)
"""gRPC would take the connection of another channel of this process whose path is the same."""


class SocketChannel(ChannelBuilder):
    """One connection to a server in this process, whose path comes from `single_connection`."""

    host = "this process"

    def __init__(self, single_connection: Callable[[], AbstractContextManager[str]]) -> None:
        super().__init__([_NO_COMPRESSION, _NO_PROXY, _NEVER_IDLE, _AUTHORITY, _OWN_CONNECTION])
        self._connection = single_connection

    def toChannel(self) -> grpc.Channel:  # noqa: N802  PySpark's name
        """Connect at once: the server takes one connection only."""
        with ExitStack() as failing:
            with self._connection() as path:
                channel = self._insecure_channel(f"unix:{path}")
                failing.callback(channel.close)
                channel.subscribe(_ignore, try_to_connect=True)
            failing.pop_all()
        return channel


class LoopbackChannel(ChannelBuilder):
    """To a server on this machine that asks for `token`.

    By its number: `localhost` may be another address first, where somebody else could wait for the token.
    """

    host = "127.0.0.1"

    def __init__(self, port: int, token: str) -> None:
        super().__init__([_NO_COMPRESSION, _NO_PROXY], {ChannelBuilder.PARAM_TOKEN: token})
        self._port = port

    def toChannel(self) -> grpc.Channel:  # noqa: N802  PySpark's name
        """Send the token with every call."""
        token = grpc.access_token_call_credentials(self.token)
        here = grpc.composite_channel_credentials(grpc.local_channel_credentials(), token)
        return self._secure_channel(f"{self.host}:{self._port}", here)


def remote_channel(url: str, *, proxy: bool) -> ChannelBuilder:
    """To a server at `sc://host:port/;name=value`; with `proxy`, through the one of the environment."""
    return DefaultChannelBuilder(url, [_NO_COMPRESSION] if proxy else [_NO_COMPRESSION, _NO_PROXY])


def _ignore(_: object) -> None:
    """What becomes of the connection is seen in its first call."""
