"""A sender of HL7v2 messages over MLLP, and a door in this process with a topic in memory."""

import dataclasses
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from healthtrends.listen_address import bind_address, listen, split_address
from healthtrends.mllp.connection import Limits
from healthtrends.mllp.listening import WHERE
from healthtrends.mllp.server import Result, Server
from healthtrends.observe import progress
from healthtrends.testing.memory_publisher import MemoryPublisher

LIMITS = Limits(
    content_bytes=1 << 20,
    timeout=10.0,
    in_flight=100,
    in_flight_bytes=1 << 20,
    frame_timeout=10.0,
    idle_timeout=10.0,
)


def open_listening(address: str) -> socket.socket:
    """A socket that listens."""
    bound = bind_address(address, WHERE)
    listen(bound, WHERE)
    return bound


def message(
    control_id: str = "1", *, accept: str = "", application: str = "", version: str = "2.5.1"
) -> bytes:
    """An A01 of a person who does not exist."""
    header = rf"MSH|^~\&|ADT|CLINIC|HT|REGION|20251222083000+0000||ADT^A01^ADT_A01|{control_id}|P|{version}"
    header += f"|||{accept}|{application}"
    lines = [header, "EVN||20251222083000", f"PID|1||synthetic-{control_id}^^^CLINIC^MR", "DG1|1||E11^^I10"]
    return "".join(f"{line}\r" for line in lines).encode()


def framed(content: bytes) -> bytes:
    return b"\x0b" + content + b"\x1c\r"


class Sender:
    """A connection to a door."""

    def __init__(self, address: str, tls: ssl.SSLContext | None = None, timeout: float = 10.0) -> None:
        plain = socket.create_connection(split_address(address, WHERE), timeout=timeout)
        self.socket = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
        self._received = b""

    def send(self, *contents: bytes) -> None:
        self.socket.sendall(b"".join(map(framed, contents)))

    def answer(self) -> bytes:
        """The content of the next answer; empty when the door has closed."""
        while b"\x1c\r" not in self._received:
            piece = self.socket.recv(65536)
            if not piece:
                return b""
            self._received += piece
        content, _, self._received = self._received.partition(b"\x1c\r")
        assert content.startswith(b"\x0b")
        return content[1:]

    def ask(self, content: bytes) -> tuple[str, str]:
        """Send one message and return code and control id of its answer."""
        self.send(content)
        return msa(self.answer())

    def is_closed(self) -> bool:
        """Wait for the end of the connection; no answer may come before it."""
        try:
            return self.answer() == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def segments(answer: bytes) -> dict[str, list[str]]:
    """Segments of an answer by name, each as its fields."""
    lines = [line.split("|") for line in answer.decode("latin-1").removesuffix("\r").split("\r")]
    return {fields[0]: fields for fields in lines}


def msa(answer: bytes) -> tuple[str, str]:
    """Code and control id."""
    fields = segments(answer)["MSA"]
    return fields[1], fields[2]


@dataclasses.dataclass(slots=True)
class Door:
    """A server that runs in a thread; `result` once it has ended."""

    address: str
    server: Server
    publisher: MemoryPublisher
    stop: threading.Event
    thread: threading.Thread | None = None
    result: Result | None = None
    error: BaseException | None = None

    def end(self, seconds: float = 30.0) -> Result:
        """Stop it and wait for its end."""
        self.stop.set()
        assert self.thread is not None
        self.thread.join(seconds)
        assert not self.thread.is_alive()
        if self.error is not None:
            raise self.error
        assert self.result is not None
        return self.result


@contextmanager
def opened(tls: ssl.SSLContext | None = None, max_connections: int = 100, **limits: float) -> Iterator[Door]:
    """A door on a free port; keywords are other limits."""
    listening = open_listening("127.0.0.1:0")
    publisher = MemoryPublisher()
    server = Server(publisher, dataclasses.replace(LIMITS, **limits), max_connections, tls)
    door = Door(f"127.0.0.1:{listening.getsockname()[1]}", server, publisher, threading.Event())

    def run() -> None:
        try:
            with progress("door", 0, "messages") as bar:
                door.result = server.run(listening, door.stop, bar)
        except BaseException as error:  # noqa: BLE001  raised by `end`
            door.error = error

    door.thread = threading.Thread(target=run)
    door.thread.start()
    try:
        yield door
    finally:
        if door.thread.is_alive():
            door.end()
