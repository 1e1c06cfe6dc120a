"""What the numbers of a report count, and how counts hang together: what disclosure control goes by.

A count is named by its population (`patients`, `visits`, `records`, ...) and by values of dimensions
(`diagnosis`, `gender`, ...): the same name in two reports is the same count. Each report declares its
`Relations` beside its columns; one without cannot be released.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Where = tuple[tuple[str, str], ...]
"""Values of dimensions."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a number counts, seen from its row."""

    of: str
    """Population."""
    where: Where = ()
    """Values of dimensions besides those of the row."""
    is_total: bool = False
    """Whether the dimensions of the row do not count: the same for all rows."""


@dataclass(frozen=True, slots=True)
class Quotient:
    """A number that is made anew from released counts: `times * above / below`."""

    above: tuple[Counted, ...]
    """Added up; below likewise."""
    below: tuple[Counted, ...]
    places: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Statistic:
    """A mean or median: it is released as it is, where the counts that it is of are released."""

    of: tuple[Counted, ...]
    age: Literal["", "mean", "median"] = ""
    """Of ages: in a release those from 90 on count as 90."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share, 0 to 1, whose part no report counts: neither part nor rest may be small."""

    of: Counted
    also: tuple[Counted, ...] = ()
    """Counts that it would give away."""


@dataclass(frozen=True, slots=True)
class Average:
    """A mean over days before, made anew from what was released of them."""

    of: Counted
    days_ago: tuple[int, ...]
    compared: Literal["count", "mean", "share", "change"] = "mean"
    """count: of one day, as a whole number; share: the count of the row as a share of the mean; change: that
    less 1."""


@dataclass(frozen=True, slots=True)
class Plain:
    """No number of persons: a title, a unit, a limit."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Never released: it tells of one record, or nothing linear ties it to counts."""


@dataclass(frozen=True, slots=True)
class Like:
    """Released where another column of the row is."""

    column: str


Meaning = Counted | Quotient | Statistic | Share | Average | Like | Plain | Withheld
PLAIN, WITHHELD = Plain(), Withheld()


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts of all values of a dimension add up to the count without it."""

    of: str
    over: str
    beside: tuple[str, ...] = ()
    """Dimensions that the counts have besides."""
    recomputed: bool = False
    """Whether a release that rounds makes the total of its parts, where all of them show."""
    unless_all_zero: bool = False
    """Whether it says nothing where every count is 0: then no report divides the total."""


@dataclass(frozen=True, slots=True)
class AtMost:
    """A count of `less` is at most that of `more` with the same dimensions: patients and visits."""

    less: str
    more: str


@dataclass(frozen=True, slots=True)
class Surplus:
    """What a count of `more` has above that of `less` with the same dimensions is a count of its own.

    No report has it, but whoever sees both can subtract: visits less patients are repeat visits.
    """

    more: str
    less: str
    of: str
    """Population of the difference."""


@dataclass(frozen=True, slots=True)
class Within:
    """Distinct patients or visits of a group: no fewer than of each part, no more than of all added up.

    Of repeat visits the first alone: who came once for each of two parts came twice for their group.
    """

    of: str
    part: str
    """Dimension of the parts."""
    group: str | None
    """Dimension of the groups; None: the part is one of the whole date."""
    added_up_at_most: str | None = None
    """Population whose count of the group all parts together do not exceed: each record has one region, and
    each visit of a region at least one record of it."""
    is_covered: bool = True
    """Whether the group is no more than its parts added up."""


@dataclass(frozen=True, slots=True)
class VisitClasses:
    """Patients by how often they came, 1, 2, ... and the last class open: so many visits at least."""

    classes: tuple[str, ...]
    dimension: str
    windows: tuple[str, ...]
    """Windows of growing length that end with the date; their dimension is `window`."""


@dataclass(frozen=True, slots=True)
class Adds:
    """A count of the whole date is the sum of others."""

    whole: Counted
    parts: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A value of each patient that is settled in each part and in the whole by itself: gender by code.

    Patients of a value in all parts, added up, are no fewer than in the whole, where they have it in some
    part; and no more than these and the records that patients have besides their first.
    """

    of: str
    value: str
    """Dimension of what is settled."""
    part: str
    records: str
    """Population; each record lies in one part."""
    unsettled: str
    """Value of patients of whom it is not known, or whose records name two."""


Tie = Sum | AtMost | Surplus | Within | VisitClasses | Adds | Settled


@dataclass(frozen=True, slots=True)
class First:
    """Rows that are chosen anew: the first ones of another report whose base is released."""

    rows: int
    report: str
    rank: str
    """Column of their number."""


@dataclass(frozen=True, slots=True)
class Relations:
    """Relations of one report."""

    meanings: Mapping[str, Meaning]
    """By column; key columns have none."""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    """Dimension by key column; a key column that is not here is none."""
    levels: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By value of the column `level`: the dimension of the row, and the column with its value."""
    whole: Mapping[str, str] = field(default_factory=dict)
    """By key column, the value that is no restriction: `day` of `window`."""
    parents: tuple[tuple[str, str], ...] = ()
    """Columns of which the first one's value lies within the second one's, such as block and chapter."""
    base: str | None = None
    """Column of the count without which nothing of a row is released."""
    rows: Mapping[str, Mapping[str, Meaning]] = field(default_factory=dict)
    """By value of the first key: meanings of that row in the place of some of `meanings`."""
    together: tuple[tuple[str, ...], ...] = ()
    """Columns of counts that are released all or not at all."""
    ties: tuple[Tie, ...] = ()
    order: Literal["fixed", "by count", "by key"] = "fixed"
    """How released rows stand: as they are; hidden ones last, by key, as their place would tell their count;
    or all by key, as their order tells what is withheld."""
    first: First | None = None
    days_needed: tuple[int, ...] = ()
    """How many days back the days lie of which the row's base has to be released, or the row is left out."""

    def meanings_of(self, first_key: str) -> Mapping[str, Meaning]:
        """Meanings of the columns in a row with this first key."""
        return {**self.meanings, **self.rows.get(first_key, {})}
