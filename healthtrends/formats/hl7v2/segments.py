"""Splitter: a value into messages, a message into segments, and access to fields and components.

Fields have the numbers of the standard: `PV1-44` is `fields[44]` of the segment PV1.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

DELETED: Final = '""'
"""What a sender writes to delete a value."""
_DEFAULT: Final = "^~\\&"
_ESCAPED: Final = re.compile(r"([FSTREP]|X(?:[0-9A-Fa-f]{2})+)")
_READ: Final = frozenset(("EVN", "PID", "PV1", "DG1", "PR1", "OBX", "MRG"))
_ID_LENGTH: Final = 3
_PADDING: Final = [""] * 52
"""So that each field that is read has an index, also where a segment ends before it."""
ABSENT: Final[list[str]] = _PADDING
"""Fields of a segment that is not there."""


class Separators(NamedTuple):
    """Separators of a message, from MSH-1 and MSH-2."""

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
        given = [each for each in self[:5] if each]
        return len({*given}) == len(given) and not any(each.isalnum() or each.isspace() for each in given)


class Segment(NamedTuple):
    """One segment that is read."""

    name: str
    fields: list[str]
    """By their numbers; fields that the segment does not have are empty."""


class RawMessage(NamedTuple):
    """One message of a value."""

    separators: Separators
    header: list[str]
    """Fields of MSH by their numbers; field 1 is the separator itself."""
    segments: list[Segment]
    """Those that are read, in their order."""
    text: str


def split_messages(text: str, charset: str) -> Iterator[RawMessage]:
    """Messages of a value: each MSH begins one. Segments end with CR, LF or both."""
    if "\n" in text:
        text = text.replace("\r\n", "\r").replace("\n", "\r")
    begin = 0 if text.startswith("MSH") else text.find("\rMSH") + 1
    if not begin and not text.startswith("MSH"):
        return
    while True:
        end = text.find("\rMSH", begin)
        yield _message(text[begin:] if end < 0 else text[begin:end], charset)
        if end < 0:
            return
        begin = end + 1


def _message(text: str, charset: str) -> RawMessage:
    lines = text.split("\r")
    mark = lines[0][_ID_LENGTH : _ID_LENGTH + 1]
    header = ["MSH", mark, *lines[0].split(mark)[1:], *_PADDING] if mark else ["MSH", *_PADDING]
    separators = _separators(mark, header[2], charset)
    segments = [
        Segment(name, line.split(mark) + _PADDING)
        for line in lines[1:]
        if (name := line[:_ID_LENGTH]) in _READ and mark
    ]
    return RawMessage(separators, header, segments, text)


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
    return part(text, number, separators.component, separators)


def part(text: str, number: int, mark: str, separators: Separators) -> str:
    """Part (from 1) of a text between marks, its escapes resolved, without outer blanks."""
    if mark in text:
        parts = text.split(mark, number)
        text = parts[number - 1] if number <= len(parts) else ""
    elif number > 1:
        return ""
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
