"""Relations that a description states for counts by their keys, in whichever table they stand."""

import csv
import io
from collections.abc import Iterator, Mapping
from fractions import Fraction

from healthtrends.audit.counts import Counts
from healthtrends.audit.description import Adds, AtMost, Description, Sum, Within
from healthtrends.audit.linear import Linear, Relation
from healthtrends.audit.released import UNBOUNDED, Cell, in_words

_ONE = Fraction(1)
Shape = frozenset[str]
"""Key columns of a count."""


class Ties:
    """All stated relations of some tables."""

    def __init__(self, description: Description, counts: Counts, files: Mapping[str, bytes]) -> None:
        self._description = description
        self._counts = counts
        self._files = files
        self._by_shape: dict[Shape, dict[Cell, None]] = {}
        for cell in counts.bounds:
            self._add(cell)

    def relations(self) -> Iterator[Relation]:
        """Sums of the finest counts first: their totals, which may stand nowhere, are parts of others."""
        about = self._description
        for tie in sorted(about.sums, key=lambda tie: -len(tie.beside)):
            yield from self._sums(tie)
        for adds in about.adds:
            yield from self._adds(adds)
        for at_most in about.at_most:
            yield from self._at_most(at_most)
        for within in about.within:
            yield from self._within(within)

    def _add(self, cell: Cell) -> None:
        self._by_shape.setdefault(frozenset(column for column, _ in cell), {})[cell] = None

    def _cells(self, where: Mapping[str, str], *columns: str) -> list[Cell]:
        """Counts with just these keys, those of `where` with its values."""
        wanted = set(where.items())
        found = self._by_shape.get(frozenset((*where, *columns)), {})
        return [cell for cell in found if wanted <= set(cell)]

    def _sums(self, tie: Sum) -> Iterator[Relation]:
        parts: dict[Cell, list[Cell]] = {}
        for cell in self._cells(tie.where, tie.over, *tie.beside):
            parts.setdefault(_without(cell, tie.over), []).append(cell)
        for whole, cells in parts.items():
            if tie.unless_all_zero and not any(self._counts.bounds_of(cell).upper for cell in cells):
                continue
            words = f"{in_words(whole)}: the sum over {tie.over}"
            yield self._relation({whole: -1, **dict.fromkeys(cells, 1)}, 0, 0, words)
            self._add(whole)

    def _adds(self, tie: Adds) -> Iterator[Relation]:
        times = tie.times or (1,) * len(tie.parts)
        parts = [_cell(part) for part in tie.parts]
        wholes = [_cell(whole) for whole in (tie.whole, *tie.and_also)]
        if not all(cell in self._counts.bounds for cell in (*wholes, *parts)):
            return
        words = f"{in_words(wholes[0])}: with {', '.join(in_words(part) for part in parts)}"
        factors = {
            **dict.fromkeys(wholes, 1),
            **{part: -number for part, number in zip(parts, times, strict=True)},
        }
        is_exact = not tie.at_least or (tie.open_part and not self._counts.bounds[parts[-1]].upper)
        yield self._relation(factors, 0, 0 if is_exact else UNBOUNDED, words)

    def _at_most(self, tie: AtMost) -> Iterator[Relation]:
        less = set(tie.less.items())
        for cell in list(self._counts.bounds):
            if less <= set(cell):
                more = _cell({**dict(cell), **tie.more})
                if more in self._counts.bounds:
                    yield self._pair(tie, cell, more)

    def _pair(self, tie: AtMost, less: Cell, more: Cell) -> Relation:
        words = f"{in_words(less)}: at most {in_words(more)}"
        factors = {more: 1, less: -1}
        if not tie.rest:
            return self._relation(factors, 0, UNBOUNDED, words)
        rest = _cell({**dict(less), **tie.rest})
        self._counts.add_difference(rest, more, less, self._description.policy.hidden_below)
        if rest not in self._counts.bounds:  # known, and great or none
            return self._relation(factors, 0, UNBOUNDED, words)
        return self._relation({**factors, rest: -1}, 0, 0, f"{words}, and {in_words(rest)}")

    def _within(self, tie: Within) -> Iterator[Relation]:
        groups: dict[Cell, list[Cell]] = {}
        parents = self._parents(tie)
        for cell in self._cells(tie.where, tie.part):
            value = dict(cell)[tie.part]
            group = value[: tie.prefix] if tie.prefix else parents.get(value)
            if group is not None or not tie.group:
                rest = dict(_without(cell, tie.part))
                whole = _cell({**rest, tie.group: str(group)} if tie.group else rest)
                groups.setdefault(whole, []).append(cell)
        for whole, cells in groups.items():
            if whole not in self._counts.bounds:
                continue
            words = f"{in_words(whole)}: at most the sum over {tie.part}"
            yield self._relation({whole: -1, **dict.fromkeys(cells, 1)}, 0, UNBOUNDED, words)
            for cell in cells:
                words = f"{in_words(cell)}: at most {in_words(whole)}"
                yield self._relation({whole: 1, cell: -1}, 0, UNBOUNDED, words)

    def _parents(self, tie: Within) -> dict[str, str]:
        if not tie.table:
            return {}
        lines = csv.DictReader(io.StringIO(self._files[tie.table].decode("utf-8-sig"), newline=""))
        return {line[tie.part]: line[tie.group] for line in lines}

    def _relation(self, factors: Mapping[Cell, int], lower: int, upper: float, words: str) -> Relation:
        """The sum of counts times factors lies from `lower` to `upper`; what is known is put in."""
        known, unknown = 0, {}
        for cell, factor in factors.items():
            bounds = self._counts.bounds_of(cell)
            if bounds.exact:
                known += factor * int(bounds.lower)
            else:
                unknown[cell] = factor * _ONE
        return Relation(Linear(factors=unknown), float(lower - known), float(upper - known), words)


def _cell(named: Mapping[str, str]) -> Cell:
    return tuple(sorted(named.items()))


def _without(cell: Cell, column: str) -> Cell:
    return tuple(each for each in cell if each[0] != column)
