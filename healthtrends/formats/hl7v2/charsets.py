"""Charset of a message: MSH-18 (HL7 table 0211), else the setting; and what stands around the message."""

from typing import Final

import msgspec

_CHARSETS: Final = {
    "ASCII": "ascii",
    **{f"8859/{number}": f"iso-8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **dict.fromkeys(("UNICODE UTF-8", "UNICODE", "UTF-8", "UTF8"), "utf-8"),
    "UNICODE UTF-16": "utf-16",
    "ISO IR87": "iso2022_jp",
    "GB 18030-2000": "gb18030",
    "BIG-5": "big5",
    "KS X 1001": "euc_kr",
}
_OUTSIDE: Final = b"\r\n \t\x00"
_FRAME_BYTES: Final = b"\x0b\x1c"
_BOM: Final = b"\xef\xbb\xbf"
_WIDE_BOMS: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WIDE: Final = ((b"M\x00S\x00H\x00", "utf-16-le"), (b"\x00M\x00S\x00H", "utf-16-be"))
_MSH_18: Final = 17


class Text(msgspec.Struct, frozen=True, gc=False):
    """Characters of a value."""

    text: str
    charset: str
    """In which they were read, and in which `\\X..\\` escapes are bytes."""
    is_doubtful: bool = False
    """The bytes are not of the charset that the message names, or nobody knows that charset."""


def read_text(value: bytes, default: str) -> Text:
    """Decode a value without its MLLP frames and byte order mark; never fails.

    Where the bytes do not fit MSH-18 the `default` counts, and ISO-8859-1 where they do not fit that.
    """
    if value[:3] != b"MSH" or b"\x0b" in value or b"\x1c" in value:
        for mark, charset in (*_WIDE_BOMS, *_WIDE):
            if value.startswith(mark):
                return _wide(value, mark, charset)
        # Several messages may each have kept their frame.
        value = value.translate(None, _FRAME_BYTES).strip(_OUTSIDE)
    if value.isascii() and value[6:7] + b"X" not in value:
        return Text(value.decode("ascii"), "ascii")
    named = _named(value) if not value.startswith(_BOM) else "UTF-8"
    charset = _CHARSETS.get(named.upper(), "") if named else default
    for candidate, is_doubtful in ((charset, False), (default, True), ("iso-8859-1", True)):
        try:
            return Text(value.decode(candidate).removeprefix("\ufeff"), candidate, is_doubtful)
        except (ValueError, LookupError):
            continue
    raise AssertionError  # pragma: no cover  ISO-8859-1 takes all bytes


def _wide(value: bytes, mark: bytes, charset: str) -> Text:
    content = value if mark[:1] in b"M\x00" else value[len(mark) :]
    text = content.decode(charset, "replace")
    return Text(text, charset, "\ufffd" in text)


def _named(value: bytes) -> str:
    """First repetition of MSH-18 of the first message; empty: it names none."""
    begin = max(value.find(b"MSH"), 0)
    line = value[begin : begin + 4_000].split(b"\r", 1)[0].split(b"\n", 1)[0]
    fields = line.split(line[3:4]) if len(line) > len(b"MSH|^~\\&") else []
    if len(fields) <= _MSH_18:
        return ""
    repetition = fields[1][1:2] or b"~"
    return fields[_MSH_18].split(repetition)[0].decode("ascii", "replace").strip()
