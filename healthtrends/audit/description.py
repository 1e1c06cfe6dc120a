"""Description of released tables, `audit.toml`: which columns are keys and counts, and what adds up."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from healthtrends.errors import UsageError

_Name = Annotated[str, msgspec.Meta(min_length=1)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which counts have to stay hidden."""

    name: Literal["cms", "opensafely", "midpoint6"] | None = None
    """A policy by name: `cms` hides 1 to 10, `opensafely` 1 to 7 and rounds to 5, `midpoint6` rounds only;
    zeros may show."""
    hidden_below: Annotated[int, msgspec.Meta(ge=2)] = 11
    """Counts from 1 to this, less one, must not be derivable."""
    zero_may_show: bool = True
    """Whether 0 is published as 0, so that a hidden count is at least 1."""

    complementary_is_great: bool = True
    """Whether the reason `complementary` says that a count is not small; else it may be, and shows none."""

    rounded_to: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Published counts are rounded to the nearest multiple of this odd number; 0: they are exact."""
    midpoint_of: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Published counts stand for so many, 1 to 6 are 3; 0: they are exact."""
    ending: str = ""
    """Of the names of count columns in the files, which the description leaves out."""
    withheld: tuple[str, ...] = ()
    """Values of the key `of` of counts that are never released: a field that is empty because of that, as the
    reason `statistic_of_few` says, is no hidden count. The same reason at another count hides it."""

    @property
    def rounds(self) -> bool:
        """Whether a published count stands for several."""
        return bool(self.rounded_to or self.midpoint_of)

    def published(self, number: int) -> tuple[int, int] | None:
        """Least and greatest count that is published as this number; None: none is."""
        if not number or not self.rounds:
            return number, number
        if self.midpoint_of:
            below = self.midpoint_of // 2 - 1
            is_one = number % self.midpoint_of == below + 1
            return (number - below, number - below + self.midpoint_of - 1) if is_one else None
        half = self.rounded_to // 2
        return None if number % self.rounded_to else (number - half, number + half)

    @property
    def least(self) -> int:
        """Least value of a hidden count."""
        return 1 if self.zero_may_show else 0


_NAMED: Final[Mapping[str, Mapping[str, Any]]] = {
    "opensafely": {"hidden_below": 8, "rounded_to": 5},
    "midpoint6": {"hidden_below": 7, "midpoint_of": 6, "ending": "_midpoint6"},
}


def complete(policy: Policy) -> Policy:
    """Put the numbers of a policy that has a name."""
    return msgspec.structs.replace(policy, **_NAMED.get(policy.name or "", {}))


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One CSV file of counts."""

    file: _Name
    keys: Annotated[tuple[_Name, ...], msgspec.Meta(min_length=1)]
    """Columns that together name a row."""
    count: str = ""
    """Column of the count; an empty field is a hidden one."""
    counts: dict[str, dict[str, str]] = {}
    """In a wide file, in the place of `count`: its columns of counts, with the further keys of each."""
    cells: dict[str, dict[str, str]] = {}
    """Where each row is a count of its own: by the first key, all keys of the count. Other rows are none."""
    levels: dict[str, str] = {}
    """By value of the first key: the column that has the value of the key of this name, the only one."""
    always_reason: bool = False
    """Whether an empty field without a reason is no count at all."""
    of_wide: bool = False
    """Whether it is one column of a wide file; set by the program."""
    name: str | None = None
    """What `derived` and the findings call it; without it the file's name."""
    total: str | None = None
    """Word in a key column for the sum over its other values."""
    whole: dict[str, str] = {}
    """By key column, a word for no restriction, as `total`, but that nothing else adds up to it."""
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

    def narrow(self) -> "Iterator[Table]":
        """The table once for each column of counts."""
        if not self.counts:
            yield self
        for column, keys in self.counts.items():
            name = f"{self.title}: {column}"
            yield msgspec.structs.replace(
                self, name=name, count=column, counts={}, fixed={**self.fixed, **keys}, of_wide=True
            )


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


class Statistic(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A published number that must not stand beside a hidden count: a mean, whose product is a sum."""

    table: _Name
    column: _Name
    of: _Name
    """Column of the count that it is of."""
    mean: bool = False
    """Whether it is a mean or median of whole numbers, whose digits tell of a rounded count beside it."""
    median: bool = False
    """Whether it is a median."""
    parts: str = ""
    """Key over whose values the people are counted by what the mean is of, such as age bands: their ends and
    the mean tell of a hidden one. Empty: none."""
    nearly_all: str = ""
    """Key of the rows without which they are of all people of the parts: the mean of a row with nearly all of
    them tells of the parts, too. Empty: each row is of all its parts."""


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A published share of a count, in a row of its own; its part and the rest stand nowhere else."""

    table: _Name
    row: _Name
    """First key."""
    column: _Name
    of: dict[str, str]
    """Keys of the count; likewise of its part and of the rest."""
    part: dict[str, str]
    rest: dict[str, str]
    digits: Annotated[int, msgspec.Meta(ge=0, le=12)]
    """Digits after the point to which it is rounded."""


class Sum(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All listed values of a key add up to the count without this key."""

    where: dict[str, str]
    """Keys of the counts that it holds for, and their values."""
    over: _Name
    beside: tuple[str, ...] = ()
    """Keys that the counts have besides."""
    unless_all_zero: bool = False
    """Whether it says nothing where every listed count is 0: then none was divided."""


class AtMost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A count with some keys is at most the count in which these keys have other values."""

    less: dict[str, str]
    more: dict[str, str]
    rest: dict[str, str] = {}
    """Keys of the difference, where that is a count of people, too, which must not be told."""


class Within(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Distinct people of a group: no fewer than of each part, no more than of all listed parts added up."""

    where: dict[str, str]
    part: _Name
    group: str = ""
    """Key of the groups; empty: there is one group, the count without the key."""
    prefix: int = 0
    """A part belongs to the group that its first characters name."""
    table: str = ""
    """File that has the columns `part` and `group`, which say what belongs to which."""
    sum_at_most: dict[str, str] = {}
    """Keys in which a count differs from the group that all parts added up do not exceed; empty: none."""
    less: dict[str, str] = {}
    """Keys of a lesser count of the same people, as patients of visits: a part has no more above its own than
    the group has. Empty: none."""


class Settled(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """People of a value that is settled for each part and for all by itself, such as a gender."""

    where: dict[str, str]
    """Keys of the count of all, the value among them."""
    part: _Name
    all: dict[str, str]
    """Keys of the count of all people, of all values."""
    records: dict[str, str]
    """Keys of the count of their records, each of which is of one part."""
    is_known: bool = True
    """Whether who has the value has it in some part; not, where it stands for contradictions."""


class Frequent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Visits of people who are counted by how often they came, 1, 2, ... and the last class open."""

    visits: dict[str, str]
    """Keys of counts of visits."""
    people: dict[str, str]
    """Keys in which the counts of their people differ."""
    classes: tuple[dict[str, str], ...]
    """Keys of the people of each class. Where the last ones have nobody, nobody came more often."""


class Adds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A count is the sum of others, each times a number."""

    whole: dict[str, str]
    and_also: tuple[dict[str, str], ...] = ()
    """Counts that are added to the whole."""
    parts: tuple[dict[str, str], ...]
    times: tuple[int, ...] = ()
    """Of each part; none: 1."""
    at_least: bool = False
    """The count is the sum or more."""
    open_part: bool = False
    """With `at_least`: it is the sum where the last part is 0."""


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of `audit.toml`."""

    policy: Policy = Policy()
    tables: Annotated[tuple[Table, ...], msgspec.Meta(min_length=1)]
    groupings: tuple[Grouping, ...] = ()
    derived: tuple[Derived, ...] = ()
    statistics: tuple[Statistic, ...] = ()
    shares: tuple[Share, ...] = ()
    sums: tuple[Sum, ...] = ()
    recomputed: tuple[Sum, ...] = ()
    """Where counts are rounded to the nearest: totals that are the sum of the published parts, if all are."""
    at_most: tuple[AtMost, ...] = ()
    within: tuple[Within, ...] = ()
    adds: tuple[Adds, ...] = ()
    settled: tuple[Settled, ...] = ()
    frequent: tuple[Frequent, ...] = ()


FILE: Final = "audit.toml"
_NEXT = "see docs/how-to/audit.md for all keys, with an example"


def parse_description(content: bytes) -> Description:
    """Read the description. Raises UsageError, with the place in the file."""
    try:
        found = msgspec.convert(tomllib.loads(content.decode("utf-8-sig")), Description)
        found = msgspec.structs.replace(found, policy=complete(found.policy))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{FILE} is no TOML file in UTF-8", str(error), _NEXT) from error
    except msgspec.ValidationError as error:
        raise UsageError(f"{FILE} cannot be used", str(error), _NEXT) from error
    titles = [table.title for table in found.tables]
    uncounted = next((table.title for table in found.tables if bool(table.count) == bool(table.counts)), None)
    if uncounted is not None:
        raise UsageError(f"{FILE}: table {uncounted} needs either `count` or `counts`", "", _NEXT)
    twice = next((title for title in titles if titles.count(title) > 1), None)
    if twice is not None:
        raise UsageError(f"{FILE} has two tables {twice}", "findings name a table", "give them `name`s")
    unknown = next((each.table for each in found.derived if each.table not in titles), None)
    if unknown is not None:
        raise UsageError(f"{FILE}: `derived` names table {unknown}", "there is none of that name", _NEXT)
    return found
