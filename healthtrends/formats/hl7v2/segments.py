"""Splitter: a value into messages, a message into segments, and access to fields and components.

Fields have the numbers of the standard: `PV1-44` is `fields[44]` of the segment PV1.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import msgspec

DELETED: Final = '""'
"""What a sender writes to delete a value."""
_DEFAULT: Final = "^~\\&"
_ESCAPED: Final = re.compile(r"([FSTREP]|X(?:[0-9A-Fa-f]{2})+)")
_ID_LENGTH: Final = 3
_LAST: Final = {"EVN": 7, "PID": 30, "PV1": 50, "DG1": 21, "PR1": 5, "OBX": 6, "MRG": 5}
"""Segments that are read, each with the last field of it that is."""
_PADDING: Final = {name: [""] * (last + 1) for name, last in _LAST.items()}
"""So that each of these fields has an index, also where a segment ends before it."""
_HEADER_PADDING: Final = [""] * 12
ABSENT: Final[list[str]] = [""] * (max(_LAST.values()) + 1)
"""Fields of a segment that is not there."""


@dataclass(frozen=True, slots=True, eq=False)
class Separators:
    """Separators of a message, from MSH-1 and MSH-2; one object for equal ones, so that it is a quick key."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str
    charset: str = "iso-8859-1"
    """Of the bytes in `\\X..\\` escapes."""

    @property
    def are_distinct(self) -> bool:
        """Whether they can be told apart, from each other and from letters and digits."""
        marks = self.field, self.component, self.repetition, self.escape, self.subcomponent
        given = [each for each in marks if each]
        return len({*given}) == len(given) and not any(each.isalnum() or each.isspace() for each in given)


class RawMessage(msgspec.Struct, frozen=True, gc=False):
    """One message of a value."""

    separators: Separators
    header: list[str]
    """Fields of MSH by their numbers; field 1 is the separator itself."""
    segments: list[tuple[str, list[str]]]
    """Name and fields of those that are read, in their order; fields that one does not have are empty."""
    first: dict[str, list[str]]
    """Fields of the first one of each name."""
    evn: list[str]
    """Fields of the first EVN; ABSENT: there is none. So for the next two."""
    pid: list[str]
    pv1: list[str]
    text: str

    def all(self, name: str) -> list[list[str]]:
        """Fields of all segments of a name that is read, in their order."""
        return [fields for each, fields in self.segments if each == name]


def split_messages(text: str, charset: str) -> list[RawMessage]:
    """Messages of a value: each MSH begins one. Segments end with CR, LF or both."""
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    if text.startswith("MSH") and "\rMSH" not in text:  # the usual case
        return [_message(text, charset)]
    return [_message(f"MSH{each}", charset) for each in f"\r{text}".split("\rMSH")[1:]]


def _message(text: str, charset: str) -> RawMessage:
    lines = text.split("\r")
    mark = lines[0][_ID_LENGTH : _ID_LENGTH + 1]
    if not mark:
        return RawMessage(_separators("", "", charset), ABSENT, [], {}, ABSENT, ABSENT, ABSENT, text)
    header = lines[0].split(mark)
    header.insert(1, mark)
    header += _HEADER_PADDING
    segments, first = [], {}
    for line in lines:
        name = line[:_ID_LENGTH]
        padding = _PADDING.get(name)
        if padding is not None:
            fields = line.split(mark)
            fields += padding
            segments.append((name, fields))
            if name not in first:
                first[name] = fields
    found = first.get
    return RawMessage(
        _separators(mark, header[2], charset), header, segments, first,
        found("EVN", ABSENT), found("PID", ABSENT), found("PV1", ABSENT), text,
    )  # fmt: skip


@lru_cache(maxsize=1_000)
def _separators(field: str, others: str, charset: str) -> Separators:
    if not field:
        return Separators("", "", "", "", "", charset)
    others += _DEFAULT[len(others) :]
    return Separators(field, others[0], others[1], others[2], others[3], charset)


def component(text: str, number: int, separators: Separators) -> str:
    """Component (from 1) of the first repetition of a field, its escapes resolved, without outer blanks."""
    if not text:
        return text
    if text.isalnum():  # the usual case has no separator, escape or blank
        return text if number == 1 else ""
    if separators.repetition in text:
        text = text.split(separators.repetition, 1)[0]
    if separators.component in text:
        parts = text.split(separators.component, number)
        text = parts[number - 1] if number <= len(parts) else ""
    elif number > 1:
        return ""
    if separators.escape in text:
        text = unescape(text, separators)
    return text.strip()


def plain(text: str, separators: Separators) -> str:
    """Text with its escapes resolved, without outer blanks."""
    if separators.escape in text:
        text = unescape(text, separators)
    return text.strip()


def unescape(text: str, separators: Separators) -> str:
    r"""Resolve `\F\ \S\ \T\ \R\ \E\ \P\ \X..\`; whatever else stands between escape characters stays.

    `\P\`, the truncation mark, is kept as `#`. One pass: what an escape gives is not an escape again.
    """
    escape = separators.escape
    meanings = {
        "F": separators.field,
        "S": separators.component,
        "T": separators.subcomponent,
        "R": separators.repetition,
        "E": escape,
        "P": "#",
    }

    def meaning(found: re.Match[str]) -> str:
        name = found[1]
        if name in meanings:
            return meanings[name]
        return bytes.fromhex(name[1:]).decode(separators.charset, "replace")

    mark = re.escape(escape)
    return re.sub(f"{mark}{_ESCAPED.pattern}{mark}", meaning, text)
