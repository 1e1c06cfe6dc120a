"""Relations that a description states for counts by their keys, in whichever table they stand."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from healthtrends.audit.counts import Counts
from healthtrends.audit.description import Adds, AtMost, Description, Frequent, Settled, Sum, Within
from healthtrends.audit.linear import Linear, Relation
from healthtrends.audit.released import UNBOUNDED, Cell

_AT_MOST = "{}: at most {}"
Shape = tuple[str, ...]
"""Key columns of a count, sorted."""


class Ties:
    """All stated relations of some tables."""

    def __init__(self, description: Description, counts: Counts, files: Mapping[str, bytes]) -> None:
        self._description = description
        self._counts = counts
        self._files = files
        self._by_shape: dict[Shape, list[Cell]] = {}
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
        for settled in about.settled:
            yield from self._settled(settled)
        for frequent in about.frequent:
            yield from self._frequent(frequent)

    def _add(self, cell: Cell) -> None:
        shape = tuple([column for column, _ in cell])
        self._by_shape.setdefault(shape, []).append(cell)

    def _cells(self, where: Mapping[str, str], *columns: str) -> list[Cell]:
        """Counts with just these keys, those of `where` with its values."""
        found = self._by_shape.get(tuple(sorted((*where, *columns))), [])
        return _with_keys(found, where)

    def _sums(self, tie: Sum) -> Iterator[Relation]:
        words = f"{{}}: the sum over {_as_it_is(tie.over)}"
        parts: dict[Cell, list[Cell]] = {}
        for cell in self._cells(tie.where, tie.over, *tie.beside):
            parts.setdefault(_without(cell, tie.over), []).append(cell)
        for whole, cells in parts.items():
            if tie.unless_all_zero and not any(self._counts.bounds_of(cell).upper for cell in cells):
                continue
            is_new = whole not in self._counts.bounds
            yield self._relation({whole: -1, **dict.fromkeys(cells, 1)}, 0, 0, words, whole)
            if is_new:
                self._add(whole)

    def _adds(self, tie: Adds) -> Iterator[Relation]:
        times = tie.times or (1,) * len(tie.parts)
        parts = [_cell(part) for part in tie.parts]
        wholes = [_cell(whole) for whole in (tie.whole, *tie.and_also)]
        if not all(cell in self._counts.bounds for cell in (*wholes, *parts)):
            return
        words = f"{{}}: with {', '.join('{}' for _ in parts)}"
        factors = {
            **dict.fromkeys(wholes, 1),
            **{part: -number for part, number in zip(parts, times, strict=True)},
        }
        is_exact = not tie.at_least or (tie.open_part and not self._counts.bounds[parts[-1]].upper)
        yield self._relation(factors, 0, 0 if is_exact else UNBOUNDED, words, wholes[0], *parts)

    def _at_most(self, tie: AtMost) -> Iterator[Relation]:
        for cell in _with_keys(self._counts.bounds, tie.less):
            more = _cell({**dict(cell), **tie.more})
            if more in self._counts.bounds:
                yield self._pair(tie, cell, more)

    def _pair(self, tie: AtMost, less: Cell, more: Cell) -> Relation:
        factors = {more: 1, less: -1}
        if not tie.rest:
            return self._relation(factors, 0, UNBOUNDED, _AT_MOST, less, more)
        rest = _cell({**dict(less), **tie.rest})
        self._counts.add_difference(rest, more, less, self._description.policy.hidden_below)
        if rest not in self._counts.bounds:  # known, and great or none
            return self._relation(factors, 0, UNBOUNDED, _AT_MOST, less, more)
        return self._relation({**factors, rest: -1}, 0, 0, f"{_AT_MOST}, and {{}}", less, more, rest)

    def _within(self, tie: Within) -> Iterator[Relation]:
        words = f"{{}}: at most the sum over {_as_it_is(tie.part)}"
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
            most = _cell({**dict(whole), **tie.sum_at_most})
            if tie.sum_at_most and most in self._counts.bounds:
                parts = f"{tie.where.get('of', 'counts')} over {tie.part}"
                text = f"{{}}: at least the sum of {_as_it_is(parts)}"
                yield self._relation({most: 1, **dict.fromkeys(cells, -1)}, 0, UNBOUNDED, text, most)
            if whole not in self._counts.bounds:
                continue
            yield self._relation({whole: -1, **dict.fromkeys(cells, 1)}, 0, UNBOUNDED, words, whole)
            for cell in cells:
                yield self._relation({whole: 1, cell: -1}, 0, UNBOUNDED, _AT_MOST, cell, whole)
                if tie.less:
                    yield from self._beyond(tie, cell, whole)

    def _beyond(self, tie: Within, part: Cell, whole: Cell) -> Iterator[Relation]:
        """Who came again for a part came again: visits without it are no fewer than people without it.

        That is looked at where visits and people of the part are published.
        """
        of_part, of_whole = (_cell({**dict(cell), **tie.less}) for cell in (part, whole))
        known = self._counts.bounds
        if {of_part, of_whole} <= known.keys() and known[part].exact and known[of_part].exact:
            words = "{} less {}: at most {} less {}"
            factors = {whole: 1, of_whole: -1, part: -1, of_part: 1}
            yield self._relation(factors, 0, UNBOUNDED, words, part, of_part, whole, of_whole)

    def _parents(self, tie: Within) -> dict[str, str]:
        if not tie.table:
            return {}
        lines = csv.DictReader(io.StringIO(self._files[tie.table].decode("utf-8-sig"), newline=""))
        return {line[tie.part]: line[tie.group] for line in lines}

    def _settled(self, tie: Settled) -> Iterator[Relation]:
        """Who has several records may be in several parts, or have another value in one."""
        whole, everybody, records = (_cell(each) for each in (tie.where, tie.all, tie.records))
        parts = self._cells(tie.where, tie.part)
        known = self._counts.bounds
        if not parts or whole not in known:
            return
        words = f"{{}}: settled by {_as_it_is(tie.part)}"
        if tie.is_known:
            yield self._relation({whole: -1, **dict.fromkeys(parts, 1)}, 0, UNBOUNDED, words, whole)
            yield from self._in_one(tie, whole, parts)
        if everybody in known and records in known:
            more = {records: 1, everybody: -1}
            yield self._relation({whole: 1, **more, **dict.fromkeys(parts, -1)}, 0, UNBOUNDED, words, whole)
            if not tie.is_known:
                factors = {whole: -1, **more, **dict.fromkeys(parts, 1)}
                yield self._relation(factors, 0, UNBOUNDED, words, whole)

    def _in_one(self, tie: Settled, whole: Cell, parts: Iterable[Cell]) -> Iterator[Relation]:
        """Who has a value in one part has it in all, or another one, too, and stands among the unsettled."""
        others = (each for each in self._description.settled if not each.is_known and each.all == tie.all)
        for unsettled in (_cell(each.where) for each in others):
            for part in parts if unsettled in self._counts.bounds else ():
                bounds = self._counts.bounds_of(part)
                if bounds.exact and bounds.lower:
                    factors = {whole: 1, unsettled: 1, part: -1}
                    yield self._relation(
                        factors, 0, UNBOUNDED, "{}: at most {} and {}", part, whole, unsettled
                    )

    def _frequent(self, tie: Frequent) -> Iterator[Relation]:
        """Where nobody is in the last classes, nobody came more often than the class before them says."""
        known = self._counts.bounds
        found = [known.get(_cell(each)) for each in tie.classes]
        most = max((number for number, each in enumerate(found, 1) if each is None or each.upper), default=0)
        for visits in _with_keys(list(known), tie.visits) if most < len(found) else ():
            people = _cell({**dict(visits), **tie.people})
            if people in known:
                text = f"{{}}: at most {most} each of {{}}"
                yield self._relation({people: most, visits: -1}, 0, UNBOUNDED, text, visits, people)

    def _relation(
        self, factors: Mapping[Cell, int], lower: int, upper: float, text: str, *named: Cell
    ) -> Relation:
        """The sum of counts times factors lies from `lower` to `upper`; what is known is put in."""
        known, unknown = 0, {}
        for cell, factor in factors.items():
            bounds = self._counts.bounds_of(cell)
            if bounds.exact:
                known += factor * int(bounds.lower)
            else:
                unknown[cell] = factor
        return Relation(Linear(factors=unknown), float(lower - known), float(upper - known), text, named)


def _with_keys(cells: Iterable[Cell], keys: Mapping[str, str]) -> list[Cell]:
    wanted = list(keys.items())
    return [cell for cell in cells if all(each in cell for each in wanted)]


def _cell(named: Mapping[str, str]) -> Cell:
    return tuple(sorted(named.items()))


def _without(cell: Cell, column: str) -> Cell:
    return tuple(each for each in cell if each[0] != column)


def _as_it_is(words: str) -> str:
    """Words of a description in a text with `{}` for counts."""
    return words.replace("{", "{{").replace("}", "}}")
