"""Description of released tables, `audit.toml`: which columns are keys and counts, and what adds up."""

import tomllib
from typing import Annotated, Final, Literal

import msgspec

from healthtrends.errors import UsageError

_Name = Annotated[str, msgspec.Meta(min_length=1)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which counts have to stay hidden."""

    name: Literal["cms"] | None = None
    """A policy by name: `cms` hides 1 to 10 and may show zeros."""
    hidden_below: Annotated[int, msgspec.Meta(ge=2)] = 11
    """Counts from 1 to this, less one, must not be derivable."""
    zero_may_show: bool = True
    """Whether 0 is published as 0, so that a hidden count is at least 1."""

    @property
    def least(self) -> int:
        """Least value of a hidden count."""
        return 1 if self.zero_may_show else 0


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One CSV file of counts."""

    file: _Name
    keys: Annotated[tuple[_Name, ...], msgspec.Meta(min_length=1)]
    """Columns that together name a row."""
    count: _Name
    """Column of the count; an empty field is a hidden one."""
    name: str | None = None
    """What `derived` and the findings call it; without it the file's name."""
    total: str | None = None
    """Word in a key column for the sum over its other values."""
    fixed: dict[str, str] = {}
    """Further keys that are the same in all rows, so that a wide file is several tables."""
    hidden: tuple[str, ...] = ()
    """Texts in the count column that stand for a hidden count, beside the empty one."""
    reason: str | None = None
    """Column that says why a count is hidden; `primary` is a small one, `complementary` none of these."""
    missing: Literal["zero", "hidden"] = "zero"
    """What has no row: nobody, or counts that are hidden; these are judged together, for each total."""

    @property
    def title(self) -> str:
        """Its name in findings."""
        return self.name or self.file


class Grouping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value of a key column that is the sum of others."""

    column: _Name
    group: _Name
    of: Annotated[tuple[_Name, ...], msgspec.Meta(min_length=1)]


class Derived(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A published number that follows from counts."""

    table: _Name
    column: _Name
    equals: _Name
    """An expression; see `expression`."""
    digits: Annotated[int, msgspec.Meta(ge=0, le=12)]
    """Digits after the point to which it is rounded."""


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of `audit.toml`."""

    policy: Policy = Policy()
    tables: Annotated[tuple[Table, ...], msgspec.Meta(min_length=1)]
    groupings: tuple[Grouping, ...] = ()
    derived: tuple[Derived, ...] = ()


FILE: Final = "audit.toml"
_NEXT = "see docs/how-to/audit.md for all keys, with an example"


def parse_description(content: bytes) -> Description:
    """Read the description. Raises UsageError, with the place in the file."""
    try:
        found = msgspec.convert(tomllib.loads(content.decode("utf-8-sig")), Description)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{FILE} is no TOML file in UTF-8", str(error), _NEXT) from error
    except msgspec.ValidationError as error:
        raise UsageError(f"{FILE} cannot be used", str(error), _NEXT) from error
    titles = [table.title for table in found.tables]
    twice = next((title for title in titles if titles.count(title) > 1), None)
    if twice is not None:
        raise UsageError(f"{FILE} has two tables {twice}", "findings name a table", "give them `name`s")
    unknown = next((each.table for each in found.derived if each.table not in titles), None)
    if unknown is not None:
        raise UsageError(f"{FILE}: `derived` names table {unknown}", "there is none of that name", _NEXT)
    return found
