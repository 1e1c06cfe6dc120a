"""Suggests the known name that is nearest to a misspelled one."""

import difflib
from collections.abc import Iterable


def nearest(key: str, names: Iterable[str]) -> str:
    """The dotted name most like `key`; `names` must not be empty."""
    return max(names, key=lambda name: _likeness(key, name))


def _likeness(key: str, name: str) -> float:
    """Compare whole, and by the last part alone for a key in the wrong or without a section."""
    whole = difflib.SequenceMatcher(None, key, name).ratio()
    last = difflib.SequenceMatcher(None, key.rpartition(".")[2], name.rpartition(".")[2]).ratio()
    return max(whole, 0.95 * last)
