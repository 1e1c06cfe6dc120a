"""Suggests the known name that is nearest to a misspelled one."""

import difflib
from collections.abc import Iterable

NEAR = 0.7
"""Likeness from 0 to 1 below which a name is no help: it would be named for want of a better one."""


def nearest(key: str, names: Iterable[str]) -> str | None:
    """The dotted name most like `key`; None when none is near."""
    likeness, name = max(((_likeness(key, name), name) for name in names), default=(0.0, ""))
    return name if likeness >= NEAR else None


def _likeness(key: str, name: str) -> float:
    """Compare whole, and by the last part alone for a key in the wrong or without a section."""
    whole = difflib.SequenceMatcher(None, key, name).ratio()
    last = difflib.SequenceMatcher(None, key.rpartition(".")[2], name.rpartition(".")[2]).ratio()
    return max(whole, 0.95 * last)
