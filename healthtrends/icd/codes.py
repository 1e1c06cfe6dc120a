"""Parts of a diagnosis code, in every edition of ICD-10."""

from collections.abc import Iterator
from typing import Final

CATEGORY: Final = 3
"""Characters of a category, which is also the shortest code."""


def parents(code: str) -> Iterator[str]:
    """Codes above one, the nearest first, its category last."""
    while len(code) > CATEGORY:
        code = code[:-1].rstrip(".")
        yield code
