"""The server: accepts connections up to a bound, and ends in order when it is asked to stop.

To stop: 1. accept and read no more  2. wait for the deliveries in flight, bounded  3. write their answers
4. close. A message that was not answered by then was not accepted, and its sender sends it again.
"""

import asyncio
import collections
import dataclasses
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from healthtrends import clock, runtime
from healthtrends.errors import KafkaUnavailable
from healthtrends.mllp.answer_queue import Counts
from healthtrends.mllp.connection import Connection, Limits
from healthtrends.mllp.ports import Delivery, Publisher
from healthtrends.observe import Bar, event, measure

STOP_SECONDS = 25.0  # a service manager's patience is 30
_LOOK_SECONDS = 0.1  # how often times and the request to stop are looked at
_HANDSHAKE_SECONDS = 10.0
_SHUTDOWN_SECONDS = 5.0
_NO_FILE_SECONDS = 0.5  # the system has no more sockets: others end meanwhile
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""So that a peer that is gone without a word frees its place after two minutes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """Counts of the server's life.

    `accepted`, `failed` and `rejected` count messages by their answer AA, AE and AR; `bytes` those accepted.
    `refused_connections`: above the bound.
    """

    accepted: int
    failed: int
    rejected: int
    bytes: int
    connections: int
    refused_connections: int
    seconds: float


class Server:
    """Serves one listening socket; `run` blocks until `stop` is set."""

    def __init__(
        self,
        publisher: Publisher,
        limits: Limits,
        max_connections: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._publisher, self._limits = publisher, limits
        self._max_connections, self._tls = max_connections, tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: set[Connection] = set()
        self._counts = Counts()
        self._connections = self._refused = 0
        self._control_ids = _control_ids()

    @property
    def open_connections(self) -> int:
        """Connections at the moment, those in a handshake too."""
        return len(self._tasks)

    def run(self, listening: socket.socket, stop: threading.Event, bar: Bar) -> Result:
        """Serve until `stop` is set.

        Raises KafkaUnavailable when the publisher can deliver nothing more, ConfigError when it may not.
        """
        begin = clock.monotonic()
        asyncio.run(self._serve(listening, stop, bar))
        counts = self._counts
        result = Result(
            counts.accepted, counts.failed, counts.rejected, counts.bytes,
            self._connections, self._refused, clock.monotonic() - begin,
        )  # fmt: skip
        event("mllp.done", **dataclasses.asdict(result))
        if refused := self._publisher.refused():
            raise refused
        if self._publisher.is_broken():
            raise KafkaUnavailable(
                "the Kafka client cannot deliver any more",
                f"{counts.accepted} messages were accepted before",
                "start `healthtrends mllp` again; senders repeat what was not accepted",
            )
        return result

    async def _serve(self, listening: socket.socket, stop: threading.Event, bar: Bar) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: _note_unexpected(context.get("exception")))
        receipts = _Receipts(self._publisher, loop)
        listening.setblocking(False)
        accepting = asyncio.create_task(self._accept(listening, receipts))
        shown = 0
        while not stop.is_set() and not self._publisher.is_broken() and not accepting.done():
            await asyncio.sleep(_LOOK_SECONDS)
            shown = self._look(bar, shown)
        accepting.cancel()
        await asyncio.wait([accepting])
        listening.close()
        event("mllp.stopping", connections=len(self._open))
        deadline = clock.Deadline(STOP_SECONDS)
        while self._tasks and not deadline.passed():
            for each in self._open:  # again and again: a handshake may end only now
                each.stop()
            await asyncio.wait(self._tasks, timeout=_LOOK_SECONDS)
            shown = self._look(bar, shown)
        if not accepting.cancelled():
            accepting.result()

    def _look(self, bar: Bar, shown: int) -> int:
        now = clock.monotonic()
        for each in list(self._open):
            each.check_times(now)
        self._measure()
        messages = self._counts.messages + sum(each.counts.messages for each in self._open)
        bar.advance(messages - shown)
        return messages

    def _measure(self) -> None:
        counts = [self._counts, *(each.counts for each in self._open)]
        measure(
            "mllp.counts",
            accepted=sum(each.accepted for each in counts),
            failed=sum(each.failed for each in counts),
            rejected=sum(each.rejected for each in counts),
            open=len(self._tasks),
        )

    async def _accept(self, listening: socket.socket, receipts: "_Receipts") -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                peer, address = await loop.sock_accept(listening)
            except OSError as fault:
                event("mllp.accept_failed", reason=fault.strerror or type(fault).__name__)
                await asyncio.sleep(_NO_FILE_SECONDS)
                continue
            name = _shown(address)
            if len(self._tasks) >= self._max_connections:
                self._refused += 1
                peer.close()
                event("mllp.refused", peer=name, reason="too many connections", open=len(self._tasks))
                continue
            self._connections += 1
            task = loop.create_task(self._handle(peer, name, receipts))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _handle(self, peer: socket.socket, name: str, receipts: "_Receipts") -> None:
        try:
            _keep_alive(peer)
            reader, writer = await _streams(peer, self._tls)
        except OSError as fault:
            peer.close()
            event("mllp.refused", peer=name, reason=_handshake_fault(fault))
            return
        connection = Connection(reader, writer, receipts.publish, self._control_ids.__next__, self._limits)
        self._open.add(connection)
        try:
            await connection.serve(name)
        except Exception as fault:  # noqa: BLE001  a fault of ours ends one connection, and not the others
            _note_unexpected(fault)
        finally:
            self._open.discard(connection)
            self._counts.add(connection.counts)


class _Receipts:
    """Brings delivery reports from the publisher's thread to the loop, many by one call."""

    def __init__(self, publisher: Publisher, loop: asyncio.AbstractEventLoop) -> None:
        self._publisher, self._loop = publisher, loop
        self._reports: collections.deque[tuple[Callable[[Delivery], None], Delivery]] = collections.deque()
        self._is_scheduled = False

    def publish(self, value: bytes, key: bytes, report: Callable[[Delivery], None]) -> None:
        """Publish; `report` is called in the loop."""
        self._publisher.publish(value, key, lambda delivery: self._put(report, delivery))

    def _put(self, report: Callable[[Delivery], None], delivery: Delivery) -> None:
        self._reports.append((report, delivery))
        if not self._is_scheduled:
            self._is_scheduled = True
            try:
                self._loop.call_soon_threadsafe(self._hand_over)
            except RuntimeError:
                return  # the loop has ended; nobody waits for the answer

    def _hand_over(self) -> None:
        self._is_scheduled = False  # before the reports are taken: one that comes now schedules again
        while self._reports:
            report, delivery = self._reports.popleft()
            report(delivery)


def _control_ids() -> Iterator[bytes]:
    """MSH-10 of the acknowledgements: 20 characters, unlike those of any other start of the server."""
    nonce, number = runtime.current().nonce()[:10].upper().encode(), 0
    while True:
        number += 1
        yield b"%s%010d" % (nonce, number % 10**10)


async def _streams(
    peer: socket.socket, tls: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Make the handshake, if any, bounded in time."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    bounds = {"ssl_handshake_timeout": _HANDSHAKE_SECONDS, "ssl_shutdown_timeout": _SHUTDOWN_SECONDS}
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, peer, ssl=tls, **(bounds if tls else {})
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def _keep_alive(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # macOS has not all of them
            peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _note_unexpected(fault: BaseException | None) -> None:
    """Log the kind and the place only: the text of a foreign error could hold a patient's value."""
    frames = traceback.extract_tb(fault.__traceback__) if fault is not None else None
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    event("mllp.unexpected", kind=type(fault).__name__, place=place)


def _handshake_fault(fault: OSError) -> str:
    if isinstance(fault, ssl.SSLError) and fault.reason:
        return f"TLS: {fault.reason.lower().replace('_', ' ')}"
    return type(fault).__name__


def _shown(address: tuple[object, ...]) -> str:
    host, port = str(address[0]), address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
