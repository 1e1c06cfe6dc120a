"""Sends a source to the topic: every record is confirmed and counted, or an error says how many are not.

1. read a few records  2. queue them, waiting while the queue is full  3. when the source ends, or somebody
asks to stop: wait, bounded, for what is in flight  4. report. The end of 4 without an error means that the
broker has acknowledged every record that was read.
"""

import dataclasses
import itertools
import threading
from collections.abc import Iterable, Iterator

from healthtrends import clock
from healthtrends.errors import KafkaUnavailable, UsageError, WriteFailed
from healthtrends.interrupt import SendInterrupt, while_sending
from healthtrends.observe import Bar, counted, event
from healthtrends.produce.ports import Message, Sender

MOST_AT_ONCE = 2_000  # records queued by one call
READ_SECONDS = 0.2  # a source that trickles: what came in this time is sent with the next record
FLUSH_SECONDS = 75.0  # longer than a message may be under way, so that each is confirmed or failed
INTERRUPTED_FLUSH_SECONDS = 10.0  # a person waits
BAR_SECONDS = 0.25  # how often the bar moves while waiting


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProduceResult:
    """Counts of the records read.

    `sent`: given to the client. `confirmed`: acknowledged by the broker. `failed`: given up, above 0 only
    after an interruption (otherwise it is an error). `unconfirmed`: neither at the end, likewise. `bytes`:
    length of the values sent. `seconds`: from the first read to the last acknowledgement. `interrupted`: by
    Ctrl-C.
    """

    sent: int
    confirmed: int
    failed: int
    unconfirmed: int
    bytes: int
    seconds: float
    interrupted: bool


def produce(
    records: Iterable[Message],
    sender: Sender,
    *,
    bar: Bar,
    stop: threading.Event | None = None,
    flush_seconds: float = FLUSH_SECONDS,
) -> ProduceResult:
    """Send all records, in order for each key; the caller closes the sender.

    Ctrl-C or a set `stop` ends reading; what is in flight is waited for, at most ten seconds, and the result
    says so. Raises KafkaUnavailable when records could not be delivered in time, ConfigError when this client
    may not send, WriteFailed when the broker refused some records, and UsageError when the source is damaged:
    all say how many were confirmed. Any error of the source is raised after what came before it has been sent
    and waited for.
    """
    begin = clock.monotonic()
    with while_sending(stop or threading.Event()) as interrupt:
        run = _Run(sender, bar, interrupt)
        try:
            run.feed(records)
        finally:
            left = run.await_deliveries(
                min(flush_seconds, INTERRUPTED_FLUSH_SECONDS) if interrupt.wanted() else flush_seconds
            )
            result = run.result(left, clock.monotonic() - begin)
            event("produce.done", sent=result.sent, confirmed=result.confirmed, failed=result.failed,
                  unconfirmed=result.unconfirmed, seconds=result.seconds)  # fmt: skip
    if run.damage is not None:
        raise _after_sending(run.damage, result) from run.damage
    if not interrupt.wanted():
        _raise_for(result, sender)
    return result


class _Run:
    """The counts of one call."""

    def __init__(self, sender: Sender, bar: Bar, interrupt: SendInterrupt) -> None:
        self._sender, self._bar, self._interrupt = sender, bar, interrupt
        self._sent = self._bytes = self._shown = 0
        self.damage: UsageError | None = None  # of the source

    def feed(self, records: Iterable[Message]) -> None:
        source = iter(records)
        while self.damage is None and not self._interrupt.wanted() and not self._sender.tally().hopeless:
            messages = self._read(source)
            if not messages:
                return
            taken = self._sender.send(messages, self._interrupt.wanted)
            self._sent += taken
            self._bytes += sum(len(message.value) for message in messages[:taken])
            self._show()

    def _read(self, source: Iterator[Message]) -> list[Message]:
        messages: list[Message] = []
        due = clock.monotonic() + READ_SECONDS
        try:
            with self._interrupt.reading():
                for message in itertools.islice(source, MOST_AT_ONCE):
                    messages.append(message)  # one by one: what came before a Ctrl-C stays in the list
                    if clock.monotonic() > due:
                        break
        except UsageError as fault:
            self.damage = fault
        return messages

    def await_deliveries(self, seconds: float) -> int:
        """Wait for the messages in flight; return how many are neither confirmed nor failed."""
        deadline = clock.Deadline(seconds)
        if self._interrupt.pressed:
            event("produce.stopping", sent=self._sent, wait_seconds=seconds)
        while left := self._sender.flush(min(BAR_SECONDS, deadline.remaining())):
            self._show()
            if deadline.passed():
                break
        self._show()
        return left

    def result(self, unconfirmed: int, seconds: float) -> ProduceResult:
        tally = self._sender.tally()
        return ProduceResult(
            sent=self._sent,
            confirmed=tally.confirmed,
            failed=tally.failed,
            unconfirmed=unconfirmed,
            bytes=self._bytes,
            seconds=seconds,
            interrupted=self._interrupt.pressed,
        )

    def _show(self) -> None:
        confirmed = self._sender.tally().confirmed
        self._bar.advance(confirmed - self._shown)
        self._shown = confirmed


def _after_sending(damage: UsageError, result: ProduceResult) -> UsageError:
    """The same, and how much is in the topic by now."""
    counts = f"{result.confirmed:,} of {counted(result.sent, 'record')} sent are confirmed"
    return UsageError(damage.what, damage.why, f"{counts}; {damage.next_step}, then send again with --once")


def _raise_for(result: ProduceResult, sender: Sender) -> None:
    tally = sender.tally()
    lost = result.sent - result.confirmed  # not the failed: a fatal error of the client may swallow reports
    if not lost:
        return
    what = f"not in the topic for certain: {lost:,} of {counted(result.sent, 'record')}"
    why = tally.cause or f"no answer to {result.unconfirmed} of them"
    confirmed = f"{result.confirmed} are confirmed"
    if tally.refused is not None:
        refused = tally.refused
        next_step = f"{confirmed}; {refused.next_step}; then send again with --once"
        raise type(refused)(refused.what, f"{what}; {refused.why}", next_step)
    if tally.unreachable or result.unconfirmed:
        raise KafkaUnavailable(
            what, why, f"{confirmed}; check that the broker can be reached, then send again with --once"
        )
    raise WriteFailed(what, why, f"{confirmed}; correct what the broker refused, then send again with --once")
