"""A program that took Kafka's port: it shows a certificate of its own, or none, and asks for the password."""

import socket
import ssl
import struct
import threading
from contextlib import suppress
from typing import Self

from healthtrends.devstack.free_ports import LOOPBACK
from tests.secured.authority import Issued

_VERSIONS, _HANDSHAKE = 18, 17
_OFFERED = ((0, 0, 8), (1, 4, 11), (3, 0, 8), (17, 0, 1), (_VERSIONS, 0, 0), (36, 0, 1))
"""Kinds of requests with their first and last version, enough for a client to go on to its login."""
_OTHER_VERSION = 35


class Impostor:
    """Listens on `port`, keeps what clients send it, and counts those that refuse its certificate."""

    def __init__(self, port: int, issued: Issued | None) -> None:
        self.heard = b""
        self.refusals = 0
        self._context: ssl.SSLContext | None = None
        if issued is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(issued.chain, issued.key)
        self._listening = socket.create_server((LOOPBACK, port))

    @property
    def address(self) -> str:
        """For `kafka.bootstrap_servers`."""
        return f"{LOOPBACK}:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the end
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with suppress(OSError), near:
            if self._context is None:
                self._ask(near)
                return
            try:
                secured = self._context.wrap_socket(near, server_side=True)
            except OSError:
                self.refusals += 1
                return
            with secured:
                self._ask(secured)

    def _ask(self, near: socket.socket) -> None:
        """Answer as a broker that wants a password would; nothing is answered to the password itself."""
        while request := _received(near):
            self.heard += request
            kind, version, number = struct.unpack_from(">hhi", request)
            if kind == _VERSIONS:
                body = _versions(0 if version == 0 else _OTHER_VERSION)
            elif kind == _HANDSHAKE:
                body = struct.pack(">hih5s", 0, 1, 5, b"PLAIN")
            else:
                return
            near.sendall(struct.pack(">ii", 4 + len(body), number) + body)


def _received(near: socket.socket) -> bytes:
    (length,) = struct.unpack(">i", _exactly(near, 4))
    return _exactly(near, length)


def _exactly(near: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        piece = near.recv(length - len(found))
        if not piece:
            raise ConnectionResetError
        found += piece
    return found


def _versions(error: int) -> bytes:
    offered = b"".join(struct.pack(">hhh", *each) for each in _OFFERED)
    return struct.pack(">hi", error, len(_OFFERED)) + offered
