"""What an acknowledgement needs of a message: its MSH segment, as bytes and without a look at the rest."""

import dataclasses
import re

LONGEST_CONTROL_ID = 199  # bytes; the longest that any version of HL7v2 allows
_MSH = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])MSH([!-/:-@\[-`{-~])([^\r\n]*)")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_NULL = b'""'
_UNUSABLE = re.compile(rb'[\x00-\x1f\x7f]|""')
DEFAULT_ENCODING = b"^~\\&"


@dataclasses.dataclass(frozen=True, slots=True)
class Header:
    """MSH of a message; `fields[n - 2]` is MSH-n, so that the first is MSH-2.

    A field that is null or holds control characters is empty.
    """

    separator: bytes
    fields: tuple[bytes, ...]

    def field(self, number: int) -> bytes:
        """Return MSH-number; empty when it is missing."""
        return self.fields[number - 2] if number - 2 < len(self.fields) else b""

    @property
    def encoding(self) -> bytes:
        """MSH-2, or the usual four characters when it is empty."""
        return self.field(2) or DEFAULT_ENCODING

    def component(self, number: int, which: int) -> bytes:
        """Return a component of a field, counted from 1; empty when it is missing."""
        components = self.field(number).split(self.encoding[:1])
        return components[which - 1] if which <= len(components) else b""

    @property
    def control_id(self) -> bytes:
        """MSH-10; empty when there is none that can be sent back."""
        found = self.field(10)
        return found if len(found) <= LONGEST_CONTROL_ID else b""


NO_HEADER = Header(b"|", (DEFAULT_ENCODING,))


def read_header(content: bytes) -> Header | None:
    """Find the first MSH segment, behind segments of a batch too; None when there is none."""
    found = _MSH.search(content)
    if found is None:
        return None
    separator, text = found.groups()
    fields = text.split(separator)
    if _UNUSABLE.search(text):
        fields = [b"" if field == _NULL or _CONTROL.search(field) else field for field in fields]
    return Header(separator, tuple(fields))
