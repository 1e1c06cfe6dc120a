"""Syndromes: named sets of codes, written as patterns."""

import re
from typing import Final

ALLOWED: Final = re.compile(r"-?[A-Za-z*][0-9A-Za-z.*]*")
"""One pattern."""


class Syndrome:
    """Codes that match one of its patterns, and none of those with a `-` before them.

    Patterns are parted by blanks; `*` stands for any characters, also for none: `J09* J1*.0 -J10.8`.
    """

    def __init__(self, name: str, patterns: str) -> None:
        """Raise ValueError for a pattern that can match no code."""
        parts = patterns.upper().split()
        if not parts or not all(map(ALLOWED.fullmatch, parts)):
            raise ValueError("it is no list of codes")
        self.name = name
        self.patterns = " ".join(parts)
        self._in = _regex([each for each in parts if not each.startswith("-")])
        self._out = _regex([each.removeprefix("-") for each in parts if each.startswith("-")])

    def __contains__(self, code: str) -> bool:
        return bool(self._in.fullmatch(code)) and not self._out.fullmatch(code)


def _regex(patterns: list[str]) -> "re.Pattern[str]":
    """One expression for all of them; of none it matches nothing."""
    return re.compile("|".join(re.escape(each).replace(r"\*", ".*") for each in patterns) or r"(?!)")
