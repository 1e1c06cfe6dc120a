"""Sail's server for this process alone: no port, one connection, made here and handed to it.

By itself Sail listens on loopback and authenticates nobody: every user of the machine could read files and
run code as this one. So it is started under supervision, where it cannot listen. The
client connects to a socket in a folder of mode 0700 that is gone a moment later, and Sail accepts that
connection as if it had come by its port. A connection that breaks cannot be made again: the engine is broken.
"""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from healthtrends.adapters.engines.seccomp import Supervisor
from healthtrends.analyze.ports import EngineBroken
from healthtrends.clock import Deadline
from healthtrends.errors import ConfigError

_SECONDS = 20.0
_PEER = struct.Struct("3i")
"""`struct ucred`: process, user, group."""


class SailServer:
    """A running server; `door` is the only way to it."""

    def __init__(self, work: Path) -> None:
        """Start it; `work` is a folder for the socket. Raises ConfigError where others could reach it."""
        from pysail.spark import SparkConnectServer

        self._work = work
        self._supervisor = Supervisor()
        self._server = SparkConnectServer()
        try:
            self._supervisor.start(self._server.start)
            self._must_not_listen()
        except BaseException:
            self.stop()
            raise

    @contextmanager
    def door(self) -> Iterator[str]:
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

    def _must_not_listen(self) -> None:
        """Try the port: a later Sail may open it by other system calls."""
        with socket.socket() as stranger:
            if stranger.connect_ex(self._server.listening_address) == 0:
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
