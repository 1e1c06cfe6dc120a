"""HL7v2: separators, escapes, charsets, frames, batches, and bytes that are no message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthtrends.formats.hl7v2.segments import Separators, unescape
from healthtrends.model.facts import VisitFact
from healthtrends.model.rejection import Reason, Rejection, Skip
from tests.unit.hl7v2.messages import adt, decode, decoder, fact

USUAL = Separators("|", "^", "~", "\\", "&")


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_any_line_end_ends_a_segment(end):
    """The standard has CR; files often have others."""
    assert fact(adt().replace(b"\r", end)).visit == "1.2.3^V1"


def test_the_separators_are_those_of_the_header():
    """MSH-1 and MSH-2."""
    other = adt(diagnoses=({3: "J10.1^x^I10C"},)).decode().translate(str.maketrans("|^~&", "#*+%"))
    assert fact(other.encode()).diagnoses[0].code == "J10.1"


@pytest.mark.parametrize("header", ["MSH", "MSHA^~\\&A", "MSH|^^\\&|", "MSH|||||", "MSH |"])
def test_separators_that_cannot_be_told_apart_are_rejected(header):
    """Also where there are none."""
    assert isinstance(decode(header.encode()), Rejection)


def test_escapes_are_resolved_once():
    r"""What an escape gives is not an escape again; `\P\` is kept as #."""
    assert unescape(r"a\F\b\S\c\T\d\R\e\E\f\P\g", USUAL) == "a|b^c&d~e\\f#g"
    assert unescape(r"\X41422E\ \E\F\E\ \H\bold\N\ ", USUAL) == r"AB. \F\ \H\bold\N\ "


def test_an_escaped_separator_is_part_of_an_id():
    """It does not end it."""
    assert fact(adt(PV1_19=r"V\T\1")).visit == "1.2.3^V&1"


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("UNICODE UTF-8", "utf-8"), ("8859/1", "iso-8859-1"), ("8859/15", "iso-8859-15"), ("", "cp1252")],
)
def test_the_charset_of_the_header_counts_else_that_of_the_setting(name, encoding):
    """MSH-18."""
    message = adt(PV1_19="Fäß", MSH_18=name).decode("iso-8859-1").encode(encoding)
    assert fact(message, charset="cp1252").visit == "1.2.3^Fäß"


@pytest.mark.parametrize("name", ["UNICODE UTF-8", "ASCII", "KLINGON"])
def test_bytes_that_do_not_fit_their_charset_are_read_by_the_setting_and_flagged(name):
    """A wrong MSH-18 is frequent; plain ASCII needs none."""
    found = fact(adt(PV1_19="Fäß", MSH_18=name))
    assert (found.visit, found.flags) == ("1.2.3^Fäß", ("charsets",))
    assert fact(adt(MSH_18=name)).flags == ()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_byte_order_mark_and_wide_characters_are_read(encoding):
    """Some bridges write files so."""
    assert fact(adt().decode().encode(encoding)).visit == "1.2.3^V1"


def test_a_kept_mllp_frame_is_taken_off():
    """As if it were not there."""
    assert fact(b"\x0b" + adt() + b"\x1c\r").visit == "1.2.3^V1"


def test_several_messages_in_one_value_each_count():
    """A batch file; what is rejected names its message."""
    value = (
        b"FHS|^~\\&\rBHS|^~\\&\r" + adt() + adt(PV1_19="", MSH_10="M2") + adt(PV1_19="V3") + b"BTS|3\rFTS|1\r"
    )
    first, refused, third = decode(value)
    assert (first.visit, third.visit) == ("1.2.3^V1", "1.2.3^V3")
    assert refused == Rejection(Reason.HL7_NO_VISIT, "PV1-19", "MSH[2]")


@pytest.mark.parametrize("value", [b"", b"hello", b"\x00" * 100, b"PID|1\rPV1|1\r", b"{}"])
def test_bytes_without_a_header_are_no_message(value):
    """And none is guessed."""
    assert decode(value) == Rejection(Reason.HL7_NO_MSH, "MSH")


def test_a_null_value_and_one_too_large_are_rejected_unread():
    """As in any format."""
    assert decode(None) == Rejection(Reason.NULL_VALUE)
    assert decode(adt() + b" " * (1 << 20)) == Rejection(Reason.TOO_LARGE)


def test_a_truncated_message_gives_a_value():
    """At any byte."""
    whole = adt(extra=("OBX|1|NM|21612-7||38|a",))
    for length in range(len(whole)):
        assert isinstance(decode(whole[:length]), tuple | Rejection | Skip)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: b"MSH|^~\\&|" + tail))
def test_any_bytes_give_an_outcome(value):
    """A record, a rejection or a skip, never an exception."""
    reader = decoder()
    assert isinstance(reader.decode(value, 0), tuple | Rejection | Skip)
    reader.patients(value)


NAMES = st.sampled_from(["MSH", "EVN", "PID", "PV1", "DG1", "MRG", "OBX", "PR1", "ZZZ"])
FIELDS = st.text('|^~\\&"A120.\r', max_size=60)


@given(st.lists(st.tuples(NAMES, FIELDS), max_size=8))
def test_any_segments_give_an_outcome(lines):
    """In any order, with any separators in any field."""
    value = adt() + "\r".join(f"{name}|{rest}" for name, rest in lines).encode()
    assert isinstance(decode(value), tuple | Rejection | Skip)


@given(
    st.sampled_from(["EVN_2", "MSH_7", "PV1_44", "PV1_45", "PID_7", "PID_29", "PR1_5"]),
    st.text("0129.+-", max_size=20) | st.integers(1, 14).map(lambda n: "20251222103015"[:n] + ".5"),
)
def test_any_time_gives_an_outcome(place, text):
    """In each field that holds one."""
    assert isinstance(decode(adt(**{place: text})), tuple | Rejection | Skip)


def test_the_patients_of_a_rejected_message_are_found():
    """For the opt-out list."""
    message = adt(PV1_19="", extra=("MRG|P0^^^H^MR",))
    assert decoder().patients(message) == {"P1^1.2.3.4", "P0^H"}


def test_a_doubled_value_of_the_same_day_shares_no_state():
    """A decoder is used for many messages."""
    reader = decoder()
    found = [reader.decode(adt(MSH_10=str(n)), 0)[0] for n in range(3)]
    assert [isinstance(each, VisitFact) for each in found] == [True] * 3
    assert len({each.control for each in found}) == 3


@pytest.mark.parametrize(
    ("name", "encoding"), [("UNICODE UTF-8", "utf-8"), ("", "cp1252"), ("8859/15", "latin9")]
)
def test_bytes_in_escapes_are_of_the_charset_of_the_message(name, encoding):
    """Also where the rest of the message is plain ASCII."""
    escaped = "ä".encode(encoding).hex()
    assert fact(adt(PV1_19=f"V\\X{escaped}\\1", MSH_18=name), charset="cp1252").visit == "1.2.3^Vä1"


def test_a_byte_order_mark_tells_more_than_the_header():
    """An editor saved the file; MSH-18 is what its sender wrote. Also inside a kept frame."""
    message = b"\xef\xbb\xbf" + adt(PV1_19="Fä", MSH_18="8859/1").decode("iso-8859-1").encode()
    assert fact(message).visit == "1.2.3^Fä"
    assert fact(b"\x0b" + message + b"\x1c\r").visit == "1.2.3^Fä"


def test_messages_that_kept_their_frames_are_not_mixed():
    """A file of frames: each diagnosis stays with its own visit."""
    value = b"".join(
        b"\x0b" + adt(PV1_19=f"V{n}", MSH_10=f"M{n}", diagnoses=(f"J1{n}",)) + b"\x1c\r" for n in (0, 1)
    )
    assert [(each.visit, each.diagnoses[0].code) for each in decode(value)] == [
        ("1.2.3^V0", "J10"),
        ("1.2.3^V1", "J11"),
    ]


def test_thousands_of_messages_in_one_value_are_read():
    """Each gives its fact, in a time that grows with their number only."""
    value = b"".join(adt(MSH_10=str(n), PV1_19=str(n)) for n in range(2_000))
    assert len({each.visit for each in decode(value)}) == 2_000
