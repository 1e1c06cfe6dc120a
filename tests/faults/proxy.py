"""A network between the client and the NameNode that can be trusted with nothing.

Hadoop's RPC is a preamble of seven bytes and then messages with their length in front, in both directions.
The proxy passes them on one by one, and a seeded schedule says what befalls each.
"""

import asyncio
import random
import struct
import threading
from collections import Counter
from types import TracebackType
from typing import Final, Self

_PREAMBLE: Final = 7
_LOOPBACK: Final = "127.0.0.1"
_LONGEST_DELAY: Final = 0.5

REQUEST_FAULTS: Final = ("delay", "lose", "cut")
REPLY_FAULTS: Final = ("delay", "lose", "cut", "silence")
"""`lose`: the connection ends instead of the message. `cut`: it ends in the middle of the message.
`silence`: the message never comes, and the connection stays."""


class Schedule:
    """What befalls each message; the same seed and the same messages give the same faults."""

    def __init__(
        self, seed: int, share: float = 0.08, most: int = 15, replies: tuple[str, ...] = REPLY_FAULTS
    ) -> None:
        """Let `share` of the messages suffer, and nothing after `most` faults, so that every run can end."""
        self.done: Counter[str] = Counter()
        """Faults so far, such as `cut reply`."""
        self._chance = random.Random(seed)
        self._share, self._most = share, most
        self._kinds = {"request": REQUEST_FAULTS, "reply": replies}

    def draw(self, direction: str) -> str | None:
        """Return what befalls the next message of `direction`, `request` or `reply`; None: nothing."""
        if self.done.total() >= self._most or self._chance.random() >= self._share:
            return None
        drawn = self._chance.choice(self._kinds[direction])
        self.done[f"{drawn} {direction}"] += 1
        return drawn

    def delay(self) -> float:
        """Seconds to hold a message back."""
        return self._chance.uniform(0.01, _LONGEST_DELAY)


class Proxy:
    """Listens on a loopback port of its own and passes on to `port`, while in `with`, in its own thread."""

    def __init__(self, port: int, schedule: Schedule) -> None:
        self.url = ""
        self._target = port
        self._schedule = schedule
        self._loop = asyncio.new_event_loop()
        self._listens = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy")
        self._over = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listens.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, _LOOPBACK, 0)
        self.url = f"hdfs://{_LOOPBACK}:{server.sockets[0].getsockname()[1]}"
        self._listens.set()
        await self._over.wait()
        server.close()
        await asyncio.gather(*self._connections)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = self._loop.create_task(self._connection(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection; whichever direction ends first takes the other with it."""
        try:
            there_reader, there_writer = await asyncio.open_connection(_LOOPBACK, self._target)
        except OSError:  # the NameNode is away
            writer.transport.abort()
            return
        ways = [
            self._loop.create_task(self._requests(reader, there_writer)),
            self._loop.create_task(self._pass_on("reply", there_reader, writer)),
            self._loop.create_task(self._over.wait()),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)  # they end with the connection, which is no fault
        writer.close()
        there_writer.close()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(_PREAMBLE))
        await self._pass_on("request", reader, writer)

    async def _pass_on(
        self, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass messages on until one of them meets the end of the connection."""
        while True:
            length = await reader.readexactly(4)
            message = length + await reader.readexactly(struct.unpack(">I", length)[0])
            fault = self._schedule.draw(direction)
            if fault == "delay":
                await asyncio.sleep(self._schedule.delay())
            elif fault == "silence":
                continue
            elif fault == "lose":
                return
            elif fault == "cut":
                message = message[: len(message) // 2]
            writer.write(message)
            await writer.drain()
            if fault == "cut":
                return
