"""Editions of ICD-10: the groups of the codes, and their validity. ICD-10-CM is bundled, and the only one."""

import functools
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from healthtrends.icd.validity import Validity, icd10cm_validity

CATEGORY = 3
"""Characters of a category, which is also the shortest code."""
UNKNOWN = "unknown"
"""Chapter and block of a category that the edition lacks."""


class Group(NamedTuple):
    """Where a category stands."""

    chapter: str
    """Its number: 1 to 22."""
    block: str
    """The innermost block, such as A00-A09."""


_NOWHERE = Group(UNKNOWN, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Edition:
    """Tables of one edition."""

    categories: Mapping[str, Group] = field(default_factory=dict, repr=False)
    validity: Validity | None = field(default=None, repr=False)
    """None: nothing is known of it."""

    def group(self, code: str) -> Group:
        """Chapter and block of a code."""
        return self.categories.get(code[:CATEGORY], _NOWHERE)


@functools.cache
def icd10cm() -> Edition:
    """Edition that is bundled: ICD-10-CM."""
    text = importlib.resources.files(__package__).joinpath("icd10cm_categories.csv").read_text("utf-8")
    rows = (line.split(",") for line in text.splitlines()[1:])
    categories = {category: Group(chapter, block) for category, chapter, block in rows}
    return Edition(categories, icd10cm_validity())
