"""Acknowledgements: which one a sender asks for, and that it holds nothing of the message but its header."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthtrends.mllp import acknowledgement as acks
from healthtrends.mllp.acknowledgement import acknowledgement, timestamp
from healthtrends.mllp.framing import FrameSplitter
from healthtrends.mllp.header import NO_HEADER, read_header
from tests.mllp.door import message, segments

AT = timestamp(dt.datetime(2025, 12, 22, 8, 30, tzinfo=dt.UTC))
REPLIES = [acks.ACCEPTED, acks.NOT_CONFIRMED, acks.NO_MSH, acks.NO_CONTROL_ID, acks.TOO_LONG, acks.REFUSED]


def answer(content: bytes, reply=acks.ACCEPTED) -> bytes | None:
    """The content of the acknowledgement of a message."""
    frame = acknowledgement(read_header(content) or NO_HEADER, reply, b"HT1", AT)
    return frame and frame[1:-2]


@pytest.mark.parametrize(
    ("accept", "application", "good", "failed", "rejected"),
    [
        ("", "", "AA", "AE", "AR"),
        ("AL", "", "CA", "CE", "CR"),
        ("AL", "NE", "CA", "CE", "CR"),
        ("AL", "AL", "CA", "CE", "CR"),
        ("NE", "", None, None, None),
        ("NE", "NE", None, None, None),
        ("NE", "AL", "AA", "AE", "AR"),
        ("", "AL", "AA", "AE", "AR"),
        ("", "NE", None, None, None),
        ("ER", "", None, "CE", "CR"),
        ("ER", "NE", None, "CE", "CR"),
        ("ER", "AL", "AA", "CE", "CR"),
        ("SU", "", "CA", None, None),
        ("SU", "ER", "CA", "AE", "AR"),
        ("NE", "ER", None, "AE", "AR"),
        ("NE", "SU", "AA", None, None),
        ("XX", "", "CA", "CE", "CR"),
    ],
)
def test_msh_15_and_16_are_followed(accept, application, good, failed, rejected):
    """Empty both: original mode. Else the first field that asks decides the kind of the one answer."""
    content = message("1", accept=accept, application=application)
    found = [
        (text := answer(content, reply)) and segments(text)["MSA"][1]
        for reply in (acks.ACCEPTED, acks.NOT_CONFIRMED, acks.TOO_LONG)
    ]
    assert found == [good, failed, rejected]


def test_a_good_answer_is_these_bytes():
    """Sender and receiver exchanged, MSH-10 in MSA-2."""
    assert answer(message("A7")) == (
        rb"MSH|^~\&|HT|REGION|ADT|CLINIC|20251222083000+0000||ACK^A01^ACK|HT1|P|2.5.1"
        b"\rMSA|AA|A7\r"
    )


def test_a_failure_has_the_field_at_fault_and_a_text():
    """In ERR, and in MSA-3 for senders that read no ERR."""
    found = segments(answer(message(""), acks.NO_CONTROL_ID) or b"")
    assert found["MSA"][1:] == ["AR", "", acks.NO_CONTROL_ID.text]
    assert found["ERR"][2:5] == ["MSH^1^10", "101^Required field missing^HL70357", "E"]
    assert found["ERR"][8] == acks.NO_CONTROL_ID.text


def test_other_separators_are_those_of_the_answer():
    """Also where a text would else need one."""
    content = rb"MSH#*~\&#A#B#C#D###ADT*A04#17#T#2.4" + b"\rPID#1\r"
    assert answer(content, acks.NOT_CONFIRMED) == (
        rb"MSH#*~\&#C#D#A#B#20251222083000+0000##ACK*A04*ACK#HT1#T#2.4" + b"\r"
        b"MSA#AE#17#the broker did not confirm the message, send it again\r"
        b"ERR#***207&Application internal error&HL70357\r"
    )


@pytest.mark.parametrize(
    ("version", "kind", "place"),
    [
        ("2.3", "ACK^A01", "MSH^1^10^101&Required field missing&HL70357"),
        ("2.3.1", "ACK^A01^ACK", "MSH^1^10^101&Required field missing&HL70357"),
        ("2.5.1^DEU", "ACK^A01^ACK", ""),
        ("", "ACK^A01^ACK", ""),
    ],
)
def test_the_answer_is_of_the_version_of_the_message(version, kind, place):
    """MSH-9 has its third component from 2.3.1 on, ERR its fields from 2.5 on; without a version 2.5.1."""
    found = segments(answer(message("", version=version), acks.NO_CONTROL_ID) or b"")
    assert (found["MSH"][8], found["MSH"][11], found["ERR"][1]) == (kind, version or "2.5.1", place)


def test_the_charset_is_that_of_the_message():
    """Names of its header are sent back as they are."""
    content = "MSH|^~\\&|ADT|Klinik Süd|||||ADT^A01|1|P|2.5||||||8859/1\r".encode("latin-1")
    found = segments(answer(content) or b"")["MSH"]
    assert (found[5], found[17]) == ("Klinik Süd", "8859/1")


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + message("1"), b"\r\n" + message("1"), b"FHS|^~\\&\rBHS|^~\\&\r" + message("1"),
     message("1").replace(b"\r", b"\n"), message("1") + message("2")],
    ids=["byte order mark", "line end", "batch", "line feeds", "two messages"],
)  # fmt: skip
def test_the_first_msh_is_found(content):
    """Behind what a decoder passes over, too."""
    assert segments(answer(content) or b"")["MSA"][2] == "1"


@pytest.mark.parametrize("control_id", ["x" * 200, "a\x1c", "a\x00b", '""'])
def test_a_control_id_that_cannot_be_sent_back_counts_as_none(control_id):
    """It could end the answer's frame, or fill the memory."""
    header = read_header(message(control_id))
    assert header is not None
    assert header.control_id == b""


@pytest.mark.parametrize("content", [b"", b"MSH", b"MSHA^~", b"PID|1\r", b"XMSH|^~\\&|\r", b"MS\x00H|"])
def test_what_is_no_msh_is_not_taken_for_one(content):
    """A name, then a separator, at the beginning of a segment."""
    assert read_header(content) is None


def test_an_acknowledgement_is_not_acknowledged():
    """Two programs would never stop."""
    assert answer(answer(message("1")) or b"") is None


@given(st.binary() | st.binary().map(lambda some: b"MSH|^~\\&|" + some), st.sampled_from(REPLIES))
def test_any_bytes_give_one_whole_frame_or_none(content, reply):
    """Nothing of a message can end the frame of its answer, or begin a segment in it."""
    frame = acknowledgement(read_header(content) or NO_HEADER, reply, b"HT1", AT)
    if frame is None:
        return
    splitter = FrameSplitter(len(frame))
    splitter.feed(frame)
    found = splitter.next_frame()
    assert found is not None
    assert (found.content, splitter.next_frame(), splitter.stray_bytes) == (frame[1:-2], None, 0)
    lines = found.content.removesuffix(b"\r").split(b"\r")
    assert [line[:3] for line in lines] == [b"MSH", b"MSA", b"ERR"][: 2 + bool(reply.reason)]


# Letters only: an answer holds a time, and Hypothesis found one whose digits were drawn as a name.
@given(st.text("abcdef", min_size=12, max_size=12))
def test_no_value_of_a_person_is_in_an_answer(name):
    """Only the header is read."""
    content = message("1") + f"PID|1||{name}^^^X^MR||{name}\r".encode()
    for reply in REPLIES:
        assert name.encode() not in (answer(content, reply) or b"")
