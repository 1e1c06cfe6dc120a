"""The door on a topic in memory: what is acknowledged how, in which order, and what ends a connection."""

import pytest

from healthtrends.mllp.ports import Delivery
from tests.mllp.door import Sender, framed, message, msa, opened, segments


@pytest.fixture
def door():
    with opened() as door:
        yield door


@pytest.fixture
def sender(door):
    with Sender(door.address) as sender:
        yield sender


def test_a_confirmed_message_is_acknowledged_and_lies_in_the_topic_as_it_came(door, sender):
    """Without the frame's bytes, with MSH-10 as its key."""
    assert sender.ask(message("A7")) == ("AA", "A7")
    assert door.publisher.values == [message("A7")]
    assert door.publisher.keys == [b"A7"]


def test_the_answer_exchanges_sender_and_receiver(sender):
    """And keeps processing id and version."""
    sender.send(message("1", version="2.4"))
    fields = segments(sender.answer())["MSH"]
    assert fields[1:6] == ["^~\\&", "HT", "REGION", "ADT", "CLINIC"]
    assert fields[8] == "ACK^A01^ACK"
    assert fields[10:12] == ["P", "2.4"]


def test_nothing_is_acknowledged_before_its_delivery_is_reported(door, sender):
    """The answers come in the order of the messages, whatever order the reports come in."""
    door.publisher.outcome = None
    sender.send(message("1"), message("2"), message("3"))
    while door.publisher.held < 3:
        pass
    sender.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        sender.answer()
    sender.socket.settimeout(10)
    door.publisher.report(Delivery.CONFIRMED, newest_first=True)
    assert [msa(sender.answer()) for _ in range(3)] == [("AA", "1"), ("AA", "2"), ("AA", "3")]


def test_a_message_that_the_broker_did_not_confirm_gets_ae(door, sender):
    """And the next one is tried."""
    door.publisher.outcome = Delivery.FAILED
    assert sender.ask(message("1")) == ("AE", "1")
    door.publisher.outcome = Delivery.CONFIRMED
    assert sender.ask(message("1")) == ("AA", "1")


def test_a_message_whose_report_does_not_come_in_time_gets_ae():
    """A later report changes nothing."""
    with opened(timeout=0.3) as door, Sender(door.address) as sender:
        door.publisher.outcome = None
        assert sender.ask(message("1")) == ("AE", "1")
        door.publisher.report(Delivery.CONFIRMED)
        door.publisher.outcome = Delivery.CONFIRMED
        assert sender.ask(message("2")) == ("AA", "2")
        result = door.end()
    assert (result.accepted, result.failed) == (1, 1)


@pytest.mark.parametrize(
    ("content", "place"),
    [(b"PID|1||x\r", ""), (b"", ""), (message(""), "MSH^1^10"), (message('""'), "MSH^1^10")],
    ids=["no MSH", "empty", "no MSH-10", "null MSH-10"],
)
def test_what_cannot_be_acknowledged_by_name_gets_ar(door, sender, content, place):
    """It is not published; the answer says which field is at fault, and the connection goes on."""
    sender.send(content)
    found = segments(sender.answer())
    assert found["MSA"][1:3] == ["AR", ""]
    assert found["ERR"][2] == place
    assert sender.ask(message("2")) == ("AA", "2")
    assert door.publisher.values == [message("2")]


def test_a_message_above_the_limit_gets_ar_and_the_end():
    """Its end is not waited for."""
    with opened(content_bytes=2000) as door, Sender(door.address) as sender:
        sender.socket.sendall(b"\x0b" + message("5") + b"NTE|" * 1000)
        assert msa(sender.answer()) == ("AR", "5")
        assert sender.is_closed()
        assert door.publisher.values == []


def test_the_answer_reaches_a_sender_that_still_sends():
    """A reset would take it away again; what follows is dropped."""
    with opened(content_bytes=2000) as door, Sender(door.address) as sender:
        sender.socket.sendall(b"\x0b" + message("5") + b"NTE|" * 5_000_000)
        sender.socket.sendall(b"\x1c\r")
        assert msa(sender.answer()) == ("AR", "5")
        assert sender.is_closed()


def test_a_message_of_exactly_the_limit_is_taken():
    """The frame's bytes do not count."""
    content = message("5").ljust(2000, b"x")
    with opened(content_bytes=2000) as door, Sender(door.address) as sender:
        assert sender.ask(content) == ("AA", "5")
        assert door.publisher.values == [content]


def test_a_stopped_door_finishes_what_it_holds(door, sender):
    """And takes nothing more."""
    door.publisher.outcome = None
    sender.send(message("1"))
    while not door.publisher.held:
        pass
    door.stop.set()
    sender.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        sender.answer()
    door.publisher.report(Delivery.CONFIRMED)
    sender.socket.settimeout(10)
    assert msa(sender.answer()) == ("AA", "1")
    assert sender.is_closed()
    assert door.end().accepted == 1


def test_a_half_frame_is_waited_for_only_so_long():
    """Also when a byte comes now and then."""
    with opened(frame_timeout=0.5) as door, Sender(door.address) as sender:
        sender.socket.sendall(framed(message("1"))[:-2])
        assert sender.is_closed()
        assert door.publisher.values == []
