"""Edition of ICD-10: one system's groups, titles and validity of codes. ICD-10-CM is bundled.

`who` opens the WHO's edition, `table_file` one from a file of the operator.
"""

import datetime as dt
import functools
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Protocol

from healthtrends.icd.codes import CATEGORY
from healthtrends.icd.validity import Status, icd10cm_validity

System = Literal["icd10cm", "icd10", "icd10gm"]
BUNDLED: Final = "icd10cm"
UNKNOWN = "unknown"
"""Chapter and block of a category that the edition lacks."""


class Group(NamedTuple):
    """Where a category stands."""

    chapter: str
    """Its number: 1 to 22."""
    block: str
    """The innermost block, such as A00-A09."""


class CodeValidity(Protocol):
    """When each code of an edition may be used."""

    def status(self, code: str, date: dt.date) -> Status | None:
        """Judge a code on a day; None: nothing is known of that day."""
        ...

    def revised_from(self, code: str, date: dt.date) -> str | None:
        """Find the code that this one was divided from in the year before the day; None: it was not."""
        ...

    def begin(self, code: str, date: dt.date) -> dt.date | None:
        """Find the day since which a code may be used that is new on the day; None: it is not new."""
        ...

    @property
    def last_day(self) -> dt.date | None:
        """Last day that is judged; None: there is no end."""
        ...


_NOWHERE = Group(UNKNOWN, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Edition:
    """Tables of one edition."""

    categories: Mapping[str, Group] = field(default_factory=dict, repr=False)
    validity: CodeValidity | None = field(default=None, repr=False)
    """None: nothing is known of it."""
    identity: str = BUNDLED
    """System and table; numbers of two editions with different identities are not mixed."""
    titles: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Titles by code, beside those that are bundled."""
    language: str | None = None
    """Of the titles; None: whatever the operator wrote."""

    @property
    def is_icd10cm(self) -> bool:
        """Whether the titles of ICD-10-CM are those of its codes."""
        return self.identity.startswith(BUNDLED)

    def chapters(self) -> list[tuple[str, str, str]]:
        """First category, last category and number of each chapter, in order."""
        found: list[tuple[str, str, str]] = []
        for category, (number, _) in sorted(self.categories.items()):
            if found and found[-1][2] == number:
                found[-1] = (found[-1][0], category, number)
            else:
                found.append((category, category, number))
        return found

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
