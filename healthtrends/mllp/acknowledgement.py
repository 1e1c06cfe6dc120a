"""Acknowledgements: whether a sender wants one, and its bytes. They hold nothing of a message but its MSH.

One message gets at most one answer on its connection. Where MSH-15 and MSH-16 are both empty (original mode)
it is AA, AE or AR. Else MSH-15 asks for CA, CE or CR, and MSH-16 for AA, AE or AR: AL always, NE never, ER
only of a failure, SU only of a success; an empty one asks for nothing. Where both ask, the answer is the
first: what an ingest will make of the message is not known yet, only that it is stored safely.
"""

import dataclasses
import datetime as dt
import enum
import re

from healthtrends.mllp.framing import END, START
from healthtrends.mllp.header import LONGEST_CONTROL_ID, Header

_TRIGGER = re.compile(rb"[A-Z0-9]{2,4}")
_CHARSET = 18
_DEFAULT_VERSION = b"2.5.1"
_BEFORE_STRUCTURES = re.compile(rb"2\.[123]")  # MSH-9 has no third component
_BEFORE_WITHDRAWAL = re.compile(rb"(2\.[1-6](\.\d)?)?")  # MSA-3 is gone from 2.7 on
_BEFORE_ERR_FIELDS = re.compile(rb"2\.[1234](\.\d)?")  # ERR has one field for all


class Verdict(enum.Enum):
    """What became of a message; the value is the last letter of the acknowledgement's code."""

    ACCEPTED = b"A"
    FAILED = b"E"
    """Not confirmed: the same message may be accepted later."""
    REJECTED = b"R"
    """The same message would be rejected again."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """A verdict with its reason: a code of table 0357 with its name, a text, and the field at fault."""

    verdict: Verdict
    reason: str = ""
    """Name in the log."""
    code: str = ""
    text: str = ""
    field: int | None = None
    """Number of the MSH field."""


ACCEPTED = Reply(Verdict.ACCEPTED)
NOT_CONFIRMED = Reply(
    Verdict.FAILED, "not_confirmed", "207", "the broker did not confirm the message, send it again"
)
NO_MSH = Reply(Verdict.REJECTED, "no_msh", "100", "there is no MSH segment")
NO_CONTROL_ID = Reply(
    Verdict.REJECTED,
    "no_control_id",
    "101",
    f"MSH-10 is missing, longer than {LONGEST_CONTROL_ID} bytes, or holds control characters",
    10,
)
TOO_LONG = Reply(Verdict.REJECTED, "too_long", "207", "the message is longer than this receiver accepts")
REFUSED = Reply(Verdict.REJECTED, "refused_by_broker", "207", "the broker refuses a message of this size")

_NAMES = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "207": "Application internal error",
}
"""Of HL7 table 0357."""


def mode(header: Header, verdict: Verdict) -> bytes | None:
    """Return the first letter of the code that the sender wants, A or C; None when it wants no answer."""
    accept, application = header.field(15), header.field(16)
    if header.component(9, 1) == b"ACK":
        return None  # two programs that acknowledge acknowledgements would never end
    if not accept and not application:
        return b"A"
    if _asks(accept, verdict):
        return b"C"
    return b"A" if _asks(application, verdict) else None


def _asks(condition: bytes, verdict: Verdict) -> bool:
    match condition:
        case b"" | b"NE":
            return False
        case b"ER":
            return verdict is not Verdict.ACCEPTED
        case b"SU":
            return verdict is Verdict.ACCEPTED
        case _:  # AL, and what no table knows: rather one answer too many
            return True


def timestamp(at: dt.datetime) -> bytes:
    """Spell a time in UTC as HL7v2 does."""
    return at.strftime("%Y%m%d%H%M%S+0000").encode()


def acknowledgement(header: Header, reply: Reply, control_id: bytes, at: bytes) -> bytes | None:
    """Return the frame of the acknowledgement; None when the sender wants none.

    `control_id` is its own MSH-10, `at` its MSH-7.
    """
    letter = mode(header, reply.verdict)
    if letter is None:
        return None
    segments = [_msh(header, control_id, at), _msa(header, letter, reply)]
    if reply.verdict is not Verdict.ACCEPTED:
        segments.append(_err(header, reply))
    return START + b"".join(segment + b"\r" for segment in segments) + END


def _msh(header: Header, control_id: bytes, at: bytes) -> bytes:
    """Sender and receiver exchanged; processing id, version and charset as in the message."""
    kind = [b"ACK"]
    if _TRIGGER.fullmatch(trigger := header.component(9, 2)):
        kind += [trigger] if _BEFORE_STRUCTURES.fullmatch(header.component(12, 1)) else [trigger, b"ACK"]
    fields = [
        header.encoding,
        *(header.field(number) for number in (5, 6, 3, 4)),
        at,
        b"",
        header.encoding[:1].join(kind),
        control_id,
        header.field(11) or b"P",
        header.field(12) or _DEFAULT_VERSION,
    ]
    if charset := header.field(_CHARSET):
        fields += [b""] * (_CHARSET - 2 - len(fields)) + [charset]
    return b"MSH" + header.separator + header.separator.join(fields)


def _msa(header: Header, letter: bytes, reply: Reply) -> bytes:
    fields = [b"MSA", letter + reply.verdict.value, header.control_id]
    if reply.text and _BEFORE_WITHDRAWAL.fullmatch(header.component(12, 1)):
        fields.append(reply.text.encode())
    return header.separator.join(fields)


def _err(header: Header, reply: Reply) -> bytes:
    """ERR-2 place, ERR-3 code, ERR-4 severity, ERR-8 text; before version 2.5 ERR-1 with place and code."""
    mark, inner = header.encoding[:1], header.encoding[3:4] or b"&"
    place = [b"MSH", b"1", str(reply.field).encode()] if reply.field else []
    words = [reply.code.encode(), _NAMES[reply.code].encode(), b"HL70357"]
    if _BEFORE_ERR_FIELDS.fullmatch(header.component(12, 1)):
        fields = [mark.join([*(place or [b""] * 3), inner.join(words)])]
    else:
        fields = [b"", mark.join(place), mark.join(words), b"E", b"", b"", b"", reply.text.encode()]
    return header.separator.join([b"ERR", *fields])
