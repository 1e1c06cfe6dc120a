"""One connection: frames in, messages to the topic, acknowledgements out in the order of the frames.

1. read a frame  2. wait for room among the unanswered  3. queue its content for the topic  4. when the
delivery is reported, or `timeout` has passed, and all frames before it have their answers: write the answer.
So an AA says that all in-sync replicas have the message. A frame of which nothing can be published gets its
answer in the same order.
"""

import asyncio
import dataclasses
from collections.abc import Callable

from healthtrends import clock
from healthtrends.mllp.acknowledgement import NO_CONTROL_ID, NO_MSH, TOO_LONG, Reply, timestamp
from healthtrends.mllp.answer_queue import AnswerQueue, Counts, Unanswered
from healthtrends.mllp.framing import Frame, FrameSplitter
from healthtrends.mllp.header import NO_HEADER, Header, read_header
from healthtrends.mllp.ports import Delivery
from healthtrends.observe import debug_event, event

PIECE_BYTES = 64 * 1024
_LINGER_SECONDS, _SILENCE_SECONDS = 15.0, 1.0  # while a connection is closed: in all, and without a byte
_SHORT_SECONDS = 1.0  # a connection of one message each is not worth a line of the log


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of each connection. Times in seconds, sizes in bytes of content."""

    content_bytes: int
    timeout: float
    """From the end of a frame to AE."""
    in_flight: int
    """Messages without an answer; then no more are read."""
    in_flight_bytes: int
    """The same by size; one message may go over it."""
    frame_timeout: float
    """From the first byte of a frame to its last, and for a peer that does not read its answers."""
    idle_timeout: float
    """From a frame to the next one."""


Publish = Callable[[bytes, bytes, Callable[[Delivery], None]], None]
"""Queue value and key; the function is called back in the thread of the loop."""


class Connection:
    """A peer; `serve` ends when it has closed, broke a limit, or `stop` was called and all is answered."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        publish: Publish,
        next_control_id: Callable[[], bytes],
        limits: Limits,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._publish, self._limits = publish, limits
        self._splitter = FrameSplitter(limits.content_bytes)
        self._unanswered = AnswerQueue(next_control_id)
        self._answered = asyncio.Event()
        self._is_answering = False  # `_answer` is about to be called
        self._reading: asyncio.Task[None] | None = None
        self._due: float | None = None  # when the peer must have done what is waited for
        self._waiting_for = ""
        self._frame_due: float | None = None  # when the frame that is half read must be whole
        self._reason: str | None = None  # why it ends

    @property
    def counts(self) -> Counts:
        """Of the messages that were answered."""
        return self._unanswered.counts

    async def serve(self, peer: str) -> None:
        """Serve until the end; `peer` is its address for the log."""
        begin = clock.monotonic()
        self._reading = asyncio.create_task(self._read())
        was_idle = False
        try:
            await asyncio.wait([self._reading])
            was_idle = not self._unanswered and not self._splitter.is_inside
            # Also behind a broken connection: what is in flight is counted by what becomes of it.
            while self._unanswered:
                self._answered.clear()
                await self._answered.wait()
            if not self._reading.cancelled():
                self._reading.result()
            await self._close()
        except OSError as fault:  # ssl.SSLError is one
            if not was_idle:  # else it is how some programs close a connection
                self._reason = self._reason or f"broken: {type(fault).__name__}"
        finally:
            self._writer.transport.abort()
            self._log(peer, clock.monotonic() - begin)

    def stop(self) -> None:
        """Read no more; what is in flight gets its answers."""
        if self._reading is not None and not self._reading.done():
            self._reason = self._reason or "stopped"
            self._reading.cancel()

    def check_times(self, now: float) -> None:
        """End the waits whose time has passed: for the broker an AE, for the peer the end of all."""
        if self._unanswered.expire(now):
            self._answer_soon()
        if self._due is not None and self._due <= now:
            self._reason = self._reason or self._waiting_for
            self._due = None
            self._writer.transport.abort()

    async def _read(self) -> None:
        """Read to the end, or until the peer breaks a limit."""
        while data := await self._next_piece():
            self._splitter.feed(data)
            while (frame := self._splitter.next_frame()) is not None:
                self._frame_due = None
                await self._wait_for_room()
                self._take(frame)
                if frame.is_too_long:
                    self._reason = "frame too long"
                    return

    async def _next_piece(self) -> bytes:
        now, limits = clock.monotonic(), self._limits
        if not self._splitter.is_inside:
            self._expect("next frame", now + limits.idle_timeout)
        else:
            self._frame_due = self._frame_due or now + limits.frame_timeout
            self._expect("end of frame", self._frame_due)
        try:
            return await self._reader.read(PIECE_BYTES)
        finally:
            self._due = None

    async def _drain(self) -> None:
        """Wait while the peer does not read its answers."""
        self._expect("reading of answers", clock.monotonic() + self._limits.frame_timeout)
        try:
            await self._writer.drain()
        finally:
            self._due = None

    def _expect(self, what: str, due: float) -> None:
        self._waiting_for, self._due = f"timeout: {what}", due

    async def _wait_for_room(self) -> None:
        limits = self._limits
        while self._unanswered.is_full(limits.in_flight, limits.in_flight_bytes):
            self._answered.clear()
            await self._answered.wait()
        await self._drain()

    def _take(self, frame: Frame) -> None:
        header = read_header(frame.content)
        due = clock.monotonic() + self._limits.timeout
        one = Unanswered(header or NO_HEADER, len(frame.content), due, _fault(frame, header))
        self._unanswered.add(one)
        if one.reply is None:
            self._publish(frame.content, one.header.control_id, lambda delivery: self._report(one, delivery))
        else:
            self._answer_soon()

    def _report(self, one: Unanswered, delivery: Delivery) -> None:
        one.report(delivery)
        self._answer_soon()

    def _answer_soon(self) -> None:
        """Many reports come at once; their answers are one write."""
        if not self._is_answering:
            self._is_answering = True
            asyncio.get_running_loop().call_soon(self._answer)

    def _answer(self) -> None:
        """Write the answers that are due in order."""
        self._is_answering = False
        frames = self._unanswered.take_frames(timestamp(clock.now()))
        if frames and not self._writer.transport.is_closing():
            self._writer.write(b"".join(frames))
        self._answered.set()

    async def _close(self) -> None:
        """Close without a reset, which could take answers from the peer that it has not read yet.

        A socket that is closed with unread bytes sends one. So the peer hears that this was all, and what it
        still sends is dropped until it closes too, within bounds.
        """
        await self._drain()
        if self._writer.can_write_eof():
            self._writer.write_eof()
        deadline = clock.Deadline(_LINGER_SECONDS)
        while not deadline.passed():
            self._expect("closing", clock.monotonic() + _SILENCE_SECONDS)
            if not await self._reader.read(PIECE_BYTES):
                break
        self._writer.close()
        self._expect("end of the connection", clock.monotonic() + self._limits.frame_timeout)
        await self._writer.wait_closed()

    def _log(self, peer: str, seconds: float) -> None:
        """One line of the log; with -v only for a short connection without anything special."""
        counts, splitter = self.counts, self._splitter
        trouble: dict[str, object] = {
            "reason": self._reason,
            "answers": ",".join(sorted(self._unanswered.reasons)),
            "stray_bytes": splitter.stray_bytes,
            "cut_off": splitter.cut_off,
        }
        trouble = {name: value for name, value in trouble.items() if value}
        report = event if trouble or seconds >= _SHORT_SECONDS else debug_event
        report(
            "mllp.closed", peer=peer, accepted=counts.accepted, failed=counts.failed,
            rejected=counts.rejected, bytes=counts.bytes, seconds=round(seconds, 3), **trouble,
        )  # fmt: skip


def _fault(frame: Frame, header: Header | None) -> Reply | None:
    """Return the reply to a frame that cannot go to the topic; None for one that can."""
    if frame.is_too_long:
        return TOO_LONG
    if header is None:
        return NO_MSH
    return None if header.control_id else NO_CONTROL_ID
