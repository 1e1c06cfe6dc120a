r"""Foreign text, made visible: what steers a terminal or turns the direction of text is spelled out.

A message, a file name or a facility can hold escape sequences, line breaks that look like a line of the
program, and signs after which text runs from right to left. Whoever reads them shall see them.
`assets/tools.js` of the pages does the same.
"""

import json
import unicodedata
from typing import Final

LINES: Final = "\n\t"
"""Line ends and tabs, which stay in text of several lines."""
JOINERS: Final = "\u200c\u200d"
"""Which Persian and others are spelled with; they stay in pages, where they do no harm."""


def visible(text: str, kept: str = LINES) -> str:
    r"""Spell control, format and undefined characters as `\u001b`, which is also what JSON means by it."""
    if text.isprintable():
        return text
    return "".join(one if one in kept or _is_harmless(one) else json.dumps(one)[1:-1] for one in text)


def in_one_line(text: str) -> str:
    r"""As `visible`, line ends (`\n`) and tabs too: no value may begin a line of its own."""
    return visible(text, kept="")


def _is_harmless(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"
