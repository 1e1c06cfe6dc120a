"""Sending, on a sender in memory: counts, stops, and what is said when not all arrived."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest

from healthtrends.errors import KafkaUnavailable, UsageError, WriteFailed
from healthtrends.observe import configure, progress
from healthtrends.produce.ports import Message, Tally
from healthtrends.produce.send import ProduceResult, produce
from healthtrends.sources.source_record import SourceRecord


class MemorySender:
    """Keeps what it is given and confirms it at the flush, but for what it is to refuse or hold back."""

    def __init__(self, *, refuse: bytes = b"", hopeless: bool = False, silent: bool = False) -> None:
        self.batches: list[list[bytes]] = []
        self._refuse, self._hopeless, self._silent = refuse, hopeless, silent
        self._open = self._confirmed = self._failed = 0

    def send(self, messages: Sequence[Message], stop: Callable[[], bool]) -> int:  # noqa: ARG002  the port's
        """Take all at once."""
        self.batches.append([message.value for message in messages])
        refused = sum(message.value == self._refuse for message in messages)
        self._failed += refused
        self._open += len(messages) - refused
        return len(messages)

    def tally(self) -> Tally:
        """Confirmed only by a flush."""
        broken = self._hopeless and self._failed > 0
        return Tally(self._confirmed, self._failed, "too large" if self._failed else None, broken, broken)

    def flush(self, seconds: float) -> int:  # noqa: ARG002  the port's
        """Confirm all, or nothing ever."""
        if not self._silent:
            self._confirmed, self._open = self._confirmed + self._open, 0
        return self._open

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture(autouse=True)
def _quiet():
    configure(quiet=True)
    yield
    configure()


def run(records: Iterable[Message], sender: MemorySender, **more: Any) -> ProduceResult:  # noqa: ANN401
    """Produce with a bar that nobody sees."""
    with progress("send", None, "records") as bar:
        return produce(records, sender, bar=bar, **more)


def numbered(count: int) -> Iterator[SourceRecord]:
    """A source whose values are their places."""
    return (SourceRecord(b"%d" % n) for n in range(count))


def test_all_records_are_sent_in_order_and_counted():
    """Sent, confirmed and bytes agree with the source."""
    sender = MemorySender()
    result = run(numbered(5_000), sender)
    assert [int(value) for batch in sender.batches for value in batch] == list(range(5_000))
    assert (result.sent, result.confirmed, result.bytes) == (5_000, 5_000, 18_890)


def test_an_empty_source_is_no_error():
    """Nothing to do is done."""
    assert run([], MemorySender()).sent == 0


def test_a_refused_record_is_an_error_that_counts():
    """The others are sent; the message tells how many of how many, and the cause."""
    with pytest.raises(WriteFailed, match=r"1 of 3,000 records \(too large\)") as caught:
        run(numbered(3_000), MemorySender(refuse=b"2999"))
    assert caught.value.next_step.startswith("2999 are confirmed")


def test_records_without_an_answer_are_an_error_after_the_deadline():
    """The flush is bounded."""
    with pytest.raises(KafkaUnavailable, match=r"10 of 10 records \(no answer to 10 of them\)"):
        run(numbered(10), MemorySender(silent=True), flush_seconds=0.01)


def test_reading_ends_when_nothing_more_can_be_sent():
    """A lost broker does not fail five million records one by one."""
    sender = MemorySender(refuse=b"0", hopeless=True)
    with pytest.raises(KafkaUnavailable):
        run(numbered(1_000_000), sender)
    assert len(sender.batches) == 1


def test_no_message_says_what_a_record_holds():
    """Counts and causes only."""
    with pytest.raises(WriteFailed) as caught:
        run([SourceRecord(b"secret-patient")], MemorySender(refuse=b"secret-patient"))
    assert "secret" not in f"{caught.value} {caught.value.next_step}"


def test_a_stop_from_outside_ends_reading_and_is_no_interruption():
    """What was read is sent and confirmed."""
    stop = threading.Event()

    def source() -> Iterator[SourceRecord]:
        for n, record in enumerate(numbered(100_000)):
            if n == 3_000:
                stop.set()
            yield record

    result = run(source(), MemorySender(), stop=stop)
    assert (result.sent, result.confirmed, result.interrupted) == (4_000, 4_000, False)


def test_an_error_of_the_source_comes_after_the_flush():
    """Records read before it are delivered."""

    def source() -> Iterator[SourceRecord]:
        yield from numbered(2_000)
        raise OSError("disk")

    sender = MemorySender()
    with pytest.raises(OSError, match="disk"):
        run(source(), sender)
    assert sender.tally().confirmed == 2_000


def test_a_source_that_trickles_does_not_wait_for_a_full_batch():
    """Twenty records, one every 30 ms, are sent in three pieces or more, not in one at the end."""
    wait = threading.Event()

    def source() -> Iterator[SourceRecord]:
        for record in numbered(20):
            wait.wait(0.03)
            yield record

    sender = MemorySender()
    run(source(), sender)
    assert len(sender.batches) >= 3


def test_damage_of_the_source_is_told_with_the_count_of_what_was_sent():
    """What came before it is sent first, to the last record."""

    def source() -> Iterator[SourceRecord]:
        yield from numbered(2_345)
        raise UsageError("a.jsonl, line 2346: damage", "why", "correct it")

    sender = MemorySender(refuse=b"7")
    with pytest.raises(UsageError, match=r"a\.jsonl, line 2346: damage") as caught:
        run(source(), sender)
    assert caught.value.next_step.startswith("2,344 of 2,345 records sent are confirmed; correct it")
    assert sum(len(batch) for batch in sender.batches) == 2_345
