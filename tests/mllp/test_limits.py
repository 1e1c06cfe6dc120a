"""Bounds of the door: connections, messages in flight, slow and silent peers, any bytes at all."""

import contextlib
import random
import socket
import threading
import time

import psutil
import pytest

from healthtrends.errors import KafkaUnavailable
from healthtrends.mllp.ports import Delivery
from tests.mllp.door import Sender, framed, message, msa, opened


def wait_until(condition, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_connection_too_many_is_closed_at_once():
    """The others go on; when one has ended, there is room again."""
    with opened(max_connections=2) as door:
        with Sender(door.address) as first, Sender(door.address) as second:
            assert first.ask(message("1")) == ("AA", "1")
            assert second.ask(message("2")) == ("AA", "2")
            with Sender(door.address) as third:
                assert third.is_closed()
        wait_until(lambda: not door.server.open_connections)
        with Sender(door.address) as fourth:
            assert fourth.ask(message("4")) == ("AA", "4")
        assert (door.end().connections, door.result.refused_connections) == (3, 1)


@pytest.mark.parametrize(
    ("limits", "taken"),
    [({"in_flight": 5}, 5), ({"in_flight_bytes": 3 * len(message("1"))}, 3)],
    ids=["messages", "bytes"],
)
def test_no_more_is_read_while_so_much_is_unanswered(limits, taken):
    """The rest is taken once there are answers, and nothing is lost or out of order."""
    sent = [message(str(number % 10)) for number in range(50)]
    with opened(**limits) as door, Sender(door.address) as sender:
        door.publisher.outcome = None
        sender.send(*sent)
        wait_until(lambda: door.publisher.held == taken)
        time.sleep(0.3)
        assert door.publisher.held == taken
        door.publisher.outcome = Delivery.CONFIRMED
        door.publisher.report(Delivery.CONFIRMED)
        assert [msa(sender.answer())[1] for _ in sent] == [str(number % 10) for number in range(50)]
        assert door.publisher.values == sent


def test_a_byte_now_and_then_does_not_keep_a_frame_open():
    """The time counts from the frame's first byte, not from the newest."""
    with opened(frame_timeout=0.6) as door, Sender(door.address) as sender:
        begin = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for byte in b"\x0b" + message("1"):
                sender.socket.sendall(bytes([byte]))
                time.sleep(0.05)
                if time.monotonic() - begin > 5:
                    break
        assert time.monotonic() - begin < 2


def test_a_silent_connection_is_closed_in_the_end():
    """Without a frame begun."""
    with opened(idle_timeout=0.3) as door, Sender(door.address) as sender:
        assert sender.ask(message("1")) == ("AA", "1")
        assert sender.is_closed()


def test_a_frame_that_waits_for_the_broker_is_not_called_slow():
    """The time of a frame is that of its sender."""
    with opened(frame_timeout=0.4, in_flight=1) as door, Sender(door.address) as sender:
        door.publisher.outcome = None
        sender.send(message("1"), message("2"))
        sender.socket.sendall(framed(message("3"))[:20])
        wait_until(lambda: door.publisher.held == 1)
        time.sleep(0.8)
        door.publisher.outcome = Delivery.CONFIRMED
        door.publisher.report(Delivery.CONFIRMED)
        sender.socket.sendall(framed(message("3"))[20:])
        assert [msa(sender.answer())[1] for _ in range(3)] == ["1", "2", "3"]


def test_a_sender_that_reads_no_answers_is_closed():
    """Nothing piles up for it. Long answers fill what the system keeps after few messages."""
    with opened(frame_timeout=0.5) as door:
        with Sender(door.address) as sender:
            sender.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with pytest.raises(ConnectionError):
                sender.socket.sendall(framed(message("1" * 199)) * 200_000)
        wait_until(lambda: not door.server.open_connections)
        assert len(door.publisher.values) < 100_000


def test_what_came_before_the_end_of_the_stream_is_answered():
    """A sender may close its half and wait."""
    with opened() as door, Sender(door.address) as sender:
        sender.send(message("1"), message("2"))
        sender.socket.shutdown(socket.SHUT_WR)
        assert [msa(sender.answer())[1] for _ in range(2)] == ["1", "2"]
        assert sender.is_closed()


def test_messages_of_a_connection_that_broke_are_counted():
    """By what became of them; nobody hears the answer."""
    with opened() as door:
        door.publisher.outcome = None
        with Sender(door.address) as sender:
            sender.send(message("1"), message("2"))
            wait_until(lambda: door.publisher.held == 2)
            sender.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        door.publisher.report(Delivery.CONFIRMED)
        assert door.end().accepted == 2


def test_a_reset_of_an_idle_connection_is_no_trouble(capsys):
    """Some programs end every connection so; the log need not have a line for each."""
    with opened() as door, Sender(door.address) as sender:
        assert sender.ask(message("1")) == ("AA", "1")
        sender.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sender.close()
        door.end()
    assert "mllp.closed" not in capsys.readouterr().err


def test_a_client_that_can_deliver_nothing_more_ends_the_door_with_5():
    """A new start helps, and its exit code says so."""
    with opened() as door:
        door.publisher.broken = True
        with pytest.raises(KafkaUnavailable, match="cannot deliver any more") as caught:
            door.end()
        assert caught.value.exit_code == 5


def test_a_fault_of_the_program_ends_one_connection_only(capsys):
    """Its message counts as not confirmed; the log says where it was, and nothing of the message."""
    with opened(timeout=0.3) as door:
        publish = door.publisher.publish

        def fail_at_first(value: bytes, key: bytes, delivered) -> None:
            door.publisher.publish = publish
            raise ValueError(value)

        door.publisher.publish = fail_at_first
        with Sender(door.address) as first:
            assert first.ask(message("1")) == ("AE", "1")
            assert first.is_closed()
        with Sender(door.address) as second:
            assert second.ask(message("2")) == ("AA", "2")
    said = capsys.readouterr().err
    assert "mllp.unexpected kind=ValueError place=test_limits.py:" in said
    assert "synthetic" not in said


def any_bytes(chance: random.Random) -> bytes:
    """Whole messages, pieces of them, and noise, in any order."""
    parts = [
        framed(message(str(chance.randrange(100)))),
        framed(message("1"))[: chance.randrange(100)],
        chance.randbytes(chance.randrange(300)),
        bytes(chance.choices(b"\x0b\x1c\rMSH|^~\\&", k=chance.randrange(100))),
        framed(chance.randbytes(chance.randrange(3000))),
    ]
    return b"".join(chance.choices(parts, k=chance.randrange(1, 20)))


def talk(address: str, chance: random.Random, rounds: int) -> None:
    """Open connections, send anything, and end them in any way."""
    for _ in range(rounds):
        with contextlib.suppress(OSError), Sender(address, timeout=0.05) as sender:
            for _ in range(chance.randrange(1, 8)):
                sender.socket.sendall(any_bytes(chance))
            if chance.random() < 0.5:
                sender.socket.shutdown(socket.SHUT_WR)
            if chance.random() < 0.5:
                sender.socket.recv(100)


@pytest.mark.parametrize(
    "rounds", [40, pytest.param(2000, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
def test_any_bytes_from_any_peers_do_not_hurt_the_door(rounds):
    """It answers a good message afterwards, and holds no more memory than before."""
    seed = random.SystemRandom().randrange(10**6)
    with opened(content_bytes=2000, frame_timeout=1.0) as door:
        process = psutil.Process()

        def torment(part: int) -> None:
            chances = [random.Random(seed + part * 100 + peer) for peer in range(8)]
            peers = [threading.Thread(target=talk, args=(door.address, each, rounds)) for each in chances]
            for each in peers:
                each.start()
            for each in peers:
                each.join()
            wait_until(lambda: not door.server.open_connections)
            door.publisher.values.clear()
            door.publisher.keys.clear()

        torment(0)
        before = process.memory_info().rss
        torment(1)
        assert process.memory_info().rss - before < 20_000_000, f"seed {seed}"
        with Sender(door.address) as sender:
            assert sender.ask(message("9")) == ("AA", "9"), f"seed {seed}"
