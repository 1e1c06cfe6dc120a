"""Age bands that published means and medians tell of, by the people whose ages they are.

A mean of a code is of people who stand in the bands of the date, and the ages of a band lie between its ends.
So the bands together must have people who give that mean; and where nearly everybody has one record, and so
one code, the people of all codes together are those of the bands. What this leaves for a hidden band is a
linear program over the people of each code by band and gender, whom no table counts.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from healthtrends.audit.counts import Counts
from healthtrends.audit.description import Description, Settled
from healthtrends.audit.exposure import is_exposed
from healthtrends.audit.linear import Exact, Linear, Relation
from healthtrends.audit.programs import Block, Program
from healthtrends.audit.published_ages import OLD, Ages, published_ages
from healthtrends.audit.released import UNBOUNDED, Bounds, Cell, ReleasedTable
from healthtrends.errors import UsageError

Form = Iterable[tuple[Cell, Exact]]
"""Counts with their factors."""
_HALF = Fraction(1, 2)
_NEAR = 1e-6
_CODE = 2
"""Keys of the count of a code's patients: the code, and what is counted."""
_PEOPLE = ("of", "patients")


class _Band(NamedTuple):
    name: str
    least: int
    greatest: int


class _Seen:
    """Values that a count was seen to have; those between them are possible, too."""

    def __init__(self) -> None:
        self._low, self._high = UNBOUNDED, -UNBOUNDED

    def note(self, value: float) -> None:
        """See one."""
        self._low, self._high = min(self._low, value), max(self._high, value)

    @property
    def bounds(self) -> Bounds:
        """Whole numbers among them; before any was seen one alone, so that more is looked for."""
        if self._low > self._high:
            return Bounds(1, 1)
        return Bounds(math.ceil(self._low - _NEAR), math.floor(self._high + _NEAR))


def narrowed_by_ages(
    description: Description, tables: Sequence[ReleasedTable], counts: Counts
) -> Iterator[tuple[Cell, Bounds, str]]:
    """Give hidden counts of bands that means and medians tell too closely, with what they can be then."""
    for key in dict.fromkeys(each.parts for each in description.statistics if each.parts):
        about = _People(description, tables, counts, key)
        for is_strict in (True, False) if about.ages else ():
            try:
                yield from about.narrowed(is_strict=is_strict)
            except UsageError:
                continue  # nothing fits: who has several records may have several ages or genders in them
            break


class _People:
    """The people of the bands, and of each row with a mean or median."""

    def __init__(
        self, description: Description, tables: Sequence[ReleasedTable], counts: Counts, key: str
    ) -> None:
        self._description = description
        self._tables = tables
        self._counts = counts
        self._key = key
        of_bands = [table for table in tables if key in table.about.keys]
        cells = dict.fromkeys(row.cell for table in of_bands for row in table.rows if _PEOPLE in row.cell)
        named = [dict(cell) for cell in cells]
        self._bands = [*filter(None, map(_band, dict.fromkeys(each[key] for each in named)))]
        self._genders = list(dict.fromkeys(each["gender"] for each in named if "gender" in each)) or [""]
        self._hidden = [cell for cell in cells if not counts.bounds[cell].exact]
        self.ages = published_ages(description, tables, key) if self._hidden else ()

    def narrowed(self, *, is_strict: bool) -> Iterator[tuple[Cell, Bounds, str]]:
        """Hidden counts that are told. Raises UsageError where nothing fits what is published."""
        policy, relations = self._description.policy, list(self._relations(is_strict=is_strict))
        cells = list(dict.fromkeys(cell for each in relations for cell in each.sum.factors))
        bounds = {cell: self._counts.bounds.get(cell, Bounds(0)) for cell in cells}
        program = Program(Block(cells, relations), bounds, is_capped=True, for_tables=True)
        places = {cell: place for place, cell in enumerate(cells)}
        seen = {cell: _Seen() for cell in self._hidden if cell in places}
        for cell, found in seen.items():
            for sign in (1, -1):
                if is_exposed(found.bounds, policy):
                    values = program.table({cell: sign})
                    for other, each in seen.items():
                        each.note(values[places[other]])
            if is_exposed(found.bounds, policy):
                yield cell, found.bounds, "; ".join(program.reasons(cell))

    def _relations(self, *, is_strict: bool) -> Iterator[Relation]:
        """All that a reader knows of the people of bands and rows."""
        yield from self._sums()
        by_row: dict[Cell, list[Ages]] = {}
        for each in self.ages:
            by_row.setdefault(each.cell, []).append(each)
        for cell, ages in by_row.items():
            if not _is_group(cell):
                yield from self._row(cell, is_strict=is_strict)
            for each in ages:
                yield from self._ages_of(each)
        for tie in self._description.settled[:1] if is_strict else ():
            yield from self._together(tie, [cell for cell in by_row if not _is_group(cell)])

    def _sums(self) -> Iterator[Relation]:
        """Bands and genders of the date."""
        genders = [gender for gender in self._genders if gender]
        for band in self._bands if genders else ():
            parts = [(self._whole(band.name, gender), 1) for gender in genders]
            yield self._relation([(self._whole(band.name, ""), -1), *parts], 0, 0, "the sum over gender")
        for gender in ["", *genders]:
            parts = [(self._whole(band.name, gender), 1) for band in self._bands]
            whole = self._whole("", gender)
            if whole in self._counts.bounds:
                yield self._relation([(whole, -1), *parts], 0, 0, f"the sum over {self._key}")

    def _whole(self, band: str, gender: str) -> Cell:
        """People of the date by band and gender; of all where one is empty."""
        named = {self._key: band, "gender": gender}
        return _cell([_PEOPLE, *((name, value) for name, value in named.items() if value)])

    def _part(self, cell: Cell, band: str, gender: str) -> Cell:
        """People of a row by band and gender; of a gender of the date its own count."""
        more = [("gender", gender)] if gender else []
        return _cell([*cell, (self._key, band), *more, *([] if _is_group(cell) else [("row", "")])])

    def _row(self, cell: Cell, *, is_strict: bool) -> Iterator[Relation]:
        """People of a row: no more in each band than people of the date, by gender as it is published."""
        words = f"its people are by {self._key} no more than all"
        parts = {(band.name, each): self._part(cell, band.name, each) for band, each in self._places()}
        yield self._relation([(cell, -1), *((part, 1) for part in parts.values())], 0, 0, words)
        for gender in self._genders if is_strict else ():
            of_gender = _cell([*cell, ("gender", gender)])
            if of_gender in self._counts.bounds:
                own = [(parts[band.name, gender], 1) for band in self._bands]
                yield self._relation([(of_gender, -1), *own], 0, 0, words)
        for band in self._bands:
            groups = [[gender] for gender in self._genders] if is_strict else [self._genders]
            for genders in groups:
                whole = self._whole(band.name, genders[0] if is_strict else "")
                own = [(parts[band.name, gender], -1) for gender in genders]
                yield self._relation([(whole, 1), *own], 0, UNBOUNDED, words)

    def _ages_of(self, ages: Ages) -> Iterator[Relation]:
        """The sum of a row's ages, or how many of its people are older and younger than the median."""
        low: list[tuple[Cell, Exact]] = []
        high: list[tuple[Cell, Exact]] = []
        for band, gender in self._places():
            part = self._part(ages.cell, band.name, "" if _is_group(ages.cell) else gender)
            if ages.is_median:
                low.append((part, _HALF if band.least > ages.upper else -_HALF))
                high.append((part, _HALF if band.greatest < ages.lower else -_HALF))
            else:
                low.append((part, band.least - ages.upper))
                high.append((part, ages.lower - band.greatest))
        for form in (low, high):
            yield self._relation(dict(form).items(), -UNBOUNDED, 0, ages.words)

    def _together(self, tie: Settled, rows: Sequence[Cell]) -> Iterator[Relation]:
        """All rows: who has one record stands in one, so all of them together are the people of the bands."""
        records, people = _cell(tie.records.items()), _cell(tie.all.items())
        if not {records, people} <= self._counts.bounds.keys():
            return
        words = f"who has one record has one {tie.part}"
        slack: dict[str, list[Cell]] = {"rest": [], "more": [], "less": []}
        for band, gender in self._places():
            rest, more, less = (
                _cell([("slack", name), (self._key, band.name), ("gender", gender)]) for name in slack
            )
            for cells, cell in zip(slack.values(), (rest, more, less), strict=True):
                cells.append(cell)
            own = [(self._part(row, band.name, gender), 1) for row in rows]
            form = [(self._whole(band.name, gender), -1), *own, (rest, 1), (more, -1), (less, 1)]
            yield self._relation(form, 0, 0, words)
        others = [(cell, -1) for cell in self._codes(tie.part) - set(rows)]
        yield self._relation([*((cell, 1) for cell in slack["rest"]), *others], 0, 0, words)
        for name, times in (("more", 2), ("less", 1)):
            form = [*((cell, 1) for cell in slack[name]), (records, -times), (people, times)]
            yield self._relation(form, -UNBOUNDED, 0, words)

    def _codes(self, part: str) -> set[Cell]:
        """Counts of the patients of each code."""
        tables = [table for table in self._tables if table.about.keys == (part,)]
        cells = (row.cell for table in tables for row in table.rows if _PEOPLE in row.cell)
        return {cell for cell in cells if len(cell) == _CODE}

    def _places(self) -> Iterator[tuple[_Band, str]]:
        return ((band, gender) for band in self._bands for gender in self._genders)

    def _relation(self, form: Form, lower: float, upper: float, words: str) -> Relation:
        """The sum of counts times factors lies from `lower` to `upper`; what is known is put in."""
        known: Exact = 0
        unknown: dict[Cell, Exact] = {}
        for cell, factor in form:
            bounds = self._counts.bounds.get(cell)
            if bounds is not None and bounds.exact:
                known += factor * int(bounds.lower)
            elif factor:
                unknown[cell] = factor
        return Relation(Linear(factors=unknown), float(lower - known), float(upper - known), words)


def _is_group(cell: Cell) -> bool:
    """Whether a row's people are those of the date, or of a gender of it."""
    return all(column in ("of", "gender") for column, _ in cell)


def _band(name: str) -> _Band | None:
    found = re.fullmatch(r"(\d+)(?:-(\d+)|\+)", name)
    if found is None:
        return None
    least = int(found[1])
    return _Band(name, least, int(found[2]) if found[2] else max(least, OLD))


def _cell(named: Iterable[tuple[str, str]]) -> Cell:
    return tuple(sorted(named))
