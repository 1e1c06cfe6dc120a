"""Broken messages: known ways to break one, each of which the decoder refuses as a whole."""

from collections.abc import Callable, Iterator
from typing import Final

from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic_formats.hl7v2.course import Diagnosis, Message, number_of
from healthtrends.sources.synthetic_formats.hl7v2.sender import Sender
from healthtrends.sources.synthetic_visits import Visit

_FIRST: Final = 90
"""Number in the id of a visit's first broken message; its right ones are fewer."""


def broken_messages(visit: Visit, sender: Sender) -> Iterator[SourceRecord]:
    """One message for each record of the visit that is to be broken."""
    for number, (code, is_broken) in enumerate(zip(visit.codes, visit.are_broken, strict=True)):
        if not is_broken:
            continue
        right = Message(
            event="A04",
            patient=visit.patient,
            visit=f"B{number_of(visit)}",
            diagnoses=(Diagnosis(code),),
        )
        sent = sender.write(right, _FIRST + number, 1)
        broken = _IN_TURN[(visit.number + number) % len(_IN_TURN)](sent.value)
        yield SourceRecord(broken, sent.key)


def _with(name: bytes, field: int, text: bytes) -> Callable[[bytes], bytes]:
    """Put a text in a field; of MSH, the number is one less than that of the standard."""

    def change(value: bytes) -> bytes:
        segments = [line.split(b"|") for line in value.splitlines()]
        for segment in segments:
            if segment[0] == name:
                segment.extend([b""] * (field + 1 - len(segment)))
                segment[field] = text
        return b"\r".join([*(b"|".join(segment) for segment in segments), b""])

    return change


WAYS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "no MSH": lambda value: value[value.index(b"EVN") :],
    "separators that are alike": _with(b"MSH", 1, b"^^\\&"),
    "no event": lambda value: _with(b"EVN", 1, b"")(_with(b"MSH", 8, b"ADT")(value)),
    "month thirteen": _with(b"EVN", 2, b"20251301"),
    "no patient": _with(b"PID", 3, b""),
    "birth date that is none": _with(b"PID", 7, b"1988-02"),
    "no visit number": lambda value: _with(b"PID", 18, b"")(value[: value.index(b"PV1")]),
    "visit in the future": _with(b"PV1", 44, b"20990101"),
    "diagnosis not of ICD-10 form": _with(b"DG1", 3, b"11E9^^I10"),
    "code in an unknown system": _with(b"DG1", 3, b"404684003^^SCT"),
    "not HL7v2": lambda value: b'{"message":' + value[:40] + b"}",
}
_IN_TURN: Final = tuple(WAYS.values())
