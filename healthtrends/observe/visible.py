"""Control characters in foreign text, spelled out on a terminal.

A message, a file name or a topic can hold escape sequences that change the screen or the terminal, and signs
that turn the direction of the text around.
"""

import json
import unicodedata
from typing import TextIO

_KEPT = "\n\t"


def visible(text: str) -> str:
    r"""Spell control, format and undefined characters as `\u001b`, which is also what JSON means by it."""
    if text.isprintable():
        return text
    return "".join(one if one in _KEPT or _is_harmless(one) else json.dumps(one)[1:-1] for one in text)


def for_stream(text: str, stream: TextIO) -> str:
    """The text as it is, or visible where the stream is a terminal."""
    return visible(text) if stream.isatty() else text


def _is_harmless(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"
