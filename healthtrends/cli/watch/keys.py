"""Keys of a terminal, from the bytes that it sends."""

from collections.abc import Iterator
from typing import Final, Literal

Key = Literal["up", "down", "enter", "escape", "quit"]

_KEYS: Final[dict[bytes, Key]] = {
    b"\x1b[A": "up", b"\x1bOA": "up", b"k": "up",
    b"\x1b[B": "down", b"\x1bOB": "down", b"j": "down",
    b"\r": "enter", b"\n": "enter",
    b"\x1b": "escape",
    b"q": "quit", b"Q": "quit",
}  # fmt: skip
_ESCAPE: Final = 0x1B


def decode_keys(typed: bytes) -> Iterator[Key]:
    """Give the keys among what was typed; others mean nothing.

    A sequence of another key (`ESC [ 3 ~`) is passed over whole: its letters are no keys.
    """
    place = 0
    while place < len(typed):
        length = _sequence(typed[place:])
        if found := _KEYS.get(typed[place : place + length]):
            yield found
        place += length


def _sequence(typed: bytes) -> int:
    """Length of the first key: one byte, or an escape sequence up to its final byte."""
    if typed[0] != _ESCAPE or typed[1:2] not in (b"[", b"O"):
        return 1
    for place, byte in enumerate(typed[2:], start=2):
        if 0x40 <= byte <= 0x7E:
            return place + 1
    return len(typed)
