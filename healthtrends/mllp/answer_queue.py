"""The messages of one connection without an answer, in the order of their frames; no I/O.

An answer is due once the message's delivery is reported or its time has passed, and all messages before it
have theirs.
"""

import collections
import dataclasses
from collections.abc import Callable

from healthtrends.mllp.acknowledgement import (
    ACCEPTED,
    NOT_CONFIRMED,
    REFUSED,
    Reply,
    Verdict,
    acknowledgement,
)
from healthtrends.mllp.header import Header
from healthtrends.mllp.ports import Delivery

_REPLIES = {Delivery.CONFIRMED: ACCEPTED, Delivery.FAILED: NOT_CONFIRMED, Delivery.REFUSED: REFUSED}


@dataclasses.dataclass(slots=True)
class Counts:
    """Messages of one connection, or of all."""

    accepted: int = 0
    failed: int = 0
    rejected: int = 0
    bytes: int = 0
    """Of content accepted."""

    def add(self, other: "Counts") -> None:
        """Add the counts of another."""
        self.accepted += other.accepted
        self.failed += other.failed
        self.rejected += other.rejected
        self.bytes += other.bytes

    @property
    def messages(self) -> int:
        """All of them."""
        return self.accepted + self.failed + self.rejected


@dataclasses.dataclass(slots=True)
class Unanswered:
    """A message whose answer is not written yet."""

    header: Header
    size: int
    """Bytes of content."""
    due: float
    """When it counts as not confirmed, by the monotonic clock."""
    reply: Reply | None = None

    def report(self, delivery: Delivery) -> None:
        """Take a delivery report; one that comes after its time changes nothing."""
        self.reply = self.reply or _REPLIES[delivery]


class AnswerQueue:
    """First in, first answered."""

    def __init__(self, next_control_id: Callable[[], bytes]) -> None:
        self._next_control_id = next_control_id
        self._queue: collections.deque[Unanswered] = collections.deque()
        self._bytes = 0
        self.counts = Counts()
        """Of the messages that were answered."""
        self.reasons: set[str] = set()
        """Why messages were not accepted."""

    def __len__(self) -> int:
        return len(self._queue)

    def is_full(self, messages: int, size: int) -> bool:
        """Whether it holds so many messages, or so many bytes of content."""
        return len(self._queue) >= messages or self._bytes >= size

    def add(self, message: Unanswered) -> None:
        """Put a message behind the others."""
        self._queue.append(message)
        self._bytes += message.size

    def expire(self, now: float) -> bool:
        """Let messages whose time has passed count as not confirmed; whether there are any."""
        for message in self._queue:
            if message.due > now:
                break
            message.report(Delivery.FAILED)
        return bool(self._queue) and self._queue[0].due <= now

    def take_frames(self, at: bytes) -> list[bytes]:
        """Take out the messages whose answer is due, and return the frames that their senders asked for.

        `at`: MSH-7 of the answers.
        """
        frames = []
        while self._queue and (reply := self._queue[0].reply) is not None:
            message = self._queue.popleft()
            self._bytes -= message.size
            self._count(message, reply)
            frame = acknowledgement(message.header, reply, self._next_control_id(), at)
            if frame is not None:
                frames.append(frame)
        return frames

    def _count(self, message: Unanswered, reply: Reply) -> None:
        match reply.verdict:
            case Verdict.ACCEPTED:
                self.counts.accepted += 1
                self.counts.bytes += message.size
            case Verdict.FAILED:
                self.counts.failed += 1
            case Verdict.REJECTED:
                self.counts.rejected += 1
        if reply.reason:
            self.reasons.add(reply.reason)
