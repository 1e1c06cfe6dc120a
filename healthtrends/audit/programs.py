"""Least and greatest value of hidden counts: linear programs over blocks of counts that hang together.

Each block is one program of HiGHS; it is solved again from its last vertex for each count and direction.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from healthtrends.audit.linear import Relation
from healthtrends.audit.released import UNBOUNDED, Bounds, Cell, in_words
from healthtrends.errors import UsageError

_NEAR = 1e-6
"""HiGHS keeps equations to 1e-7; counts are whole numbers."""
_CAP = 1e6
_PRIMAL = 4
"""Strategy of HiGHS: with other weights the last vertex is still one."""
_ANSWERED = highspy.HighsModelStatus.kOptimal
_ENDLESS = {highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible}


@dataclass(frozen=True, slots=True)
class Block:
    """Unknown counts that hang together, and the relations between them."""

    cells: Sequence[Cell]
    relations: Sequence[Relation]

    def places(self, cells: Sequence[Cell]) -> NDArray[np.int64]:
        """Places of some of its counts."""
        known = {cell: place for place, cell in enumerate(self.cells)}
        return np.array([known[cell] for cell in cells], dtype=np.int64)


def blocks(relations: Iterable[Relation], unknown: Iterable[Cell]) -> Iterator[Block]:
    """Divide by what hangs together. Raises UsageError for numbers that contradict each other."""
    cells = list(unknown)
    places = {cell: place for place, cell in enumerate(cells)}
    kept = [relation for relation in relations if not _is_settled(relation)]
    lengths = [len(each.sum.factors) for each in kept]
    ends = np.fromiter((places[cell] for each in kept for cell in each.sum.factors), np.int64)
    firsts = np.repeat(ends[np.cumsum([0, *lengths[:-1]])] if lengths else ends, lengths)
    graph = coo_array((np.ones(len(ends), bool), (firsts, ends)), shape=(len(cells), len(cells)))
    number, labels = connected_components(graph, directed=False)
    members: list[list[Cell]] = [[] for _ in range(number)]
    for cell, label in zip(cells, labels.tolist(), strict=True):
        members[label].append(cell)
    rows: list[list[Relation]] = [[] for _ in range(number)]
    for relation in kept:
        rows[labels[places[next(iter(relation.sum.factors))]]].append(relation)
    for found, between in zip(members, rows, strict=True):
        yield Block(found, between)


def _is_settled(relation: Relation) -> bool:
    """Whether nothing unknown is in it; then it has to hold."""
    if relation.sum.factors:
        return False
    if not relation.lower - _NEAR <= 0 <= relation.upper + _NEAR:
        raise contradiction([relation])
    return True


def contradiction(relations: Sequence[Relation]) -> UsageError:
    """No numbers fit."""
    shown = "; ".join(dict.fromkeys(relation.words for relation in relations[:5]))
    return UsageError(
        "the released numbers contradict each other",
        f"no table of whole numbers fits: {shown}",
        "correct the file or audit.toml: a word for the total, a grouping, or `missing`",
    )


class Program:
    """The linear program of one block."""

    def __init__(
        self,
        block: Block,
        bounds: Mapping[Cell, Bounds],
        *,
        is_capped: bool = False,
        for_tables: bool = False,
    ) -> None:
        """Raises UsageError when no numbers fit. `is_capped`: no count is greater than `_CAP`.

        `for_tables`: tables are asked for again and again, each from the last one.
        """
        self._block = block
        self._cap = _CAP if is_capped else UNBOUNDED
        self._has_unit_factors = all(
            abs(factor) == 1 for relation in block.relations for factor in relation.sum.factors.values()
        )
        self._is_whole = self.is_whole = False
        self._places = {cell: place for place, cell in enumerate(block.cells)}
        self._solver = highspy.Highs()
        for option, value in (("output_flag", False), ("presolve", "off"), ("threads", 1)):
            self._solver.setOptionValue(option, value)
        self._solver.passModel(self._model([bounds[cell] for cell in block.cells]))
        if self._solve() is None:
            raise contradiction(block.relations)
        if for_tables:
            self._solver.setOptionValue("simplex_strategy", _PRIMAL)

    @property
    def cells(self) -> Sequence[Cell]:
        """Counts of the block."""
        return self._block.cells

    def table(self, weights: Mapping[Cell, float]) -> Sequence[float]:
        """Give counts that fit all relations, where the sum of some times their weights is least."""
        for cell, weight in weights.items():
            self._solver.changeColCost(self._places[cell], weight)
        found = self._solve()
        solution = list(self._solver.getSolution().col_value)
        for cell in weights:
            self._solver.changeColCost(self._places[cell], 0.0)
        if found is None:
            raise contradiction(self._block.relations)
        return solution

    def bounds(self, cell: Cell) -> Bounds:
        """Whole numbers from the least to the greatest value that the linear relations leave a count.

        Afterwards `is_whole` says whether tables of whole numbers have these ends, in a block of plain sums.
        """
        self._is_whole = True
        lower, upper = self._end(cell, 1), self._end(cell, -1)
        self.is_whole = self._has_unit_factors and self._is_whole
        return Bounds(math.ceil(lower - _NEAR), upper if math.isinf(upper) else math.floor(upper + _NEAR))

    def whole(self, cell: Cell, found: Bounds, hidden_below: int) -> tuple[Bounds, bool]:
        """The same with whole numbers in every cell, and whether values between them are impossible too."""
        place = self._places[cell]
        self._set_whole(is_whole=True)
        try:
            lower, upper = self._end(cell, 1), self._end(cell, -1)
            narrow = Bounds(round(lower), upper if math.isinf(upper) else round(upper))
            has_gap = narrow.upper < hidden_below and any(
                not self._can_be(place, value) for value in range(int(narrow.lower) + 1, int(narrow.upper))
            )
            self._solver.changeColBounds(place, *self._given[place])
        finally:
            self._set_whole(is_whole=False)
        return Bounds(max(found.lower, narrow.lower), min(found.upper, narrow.upper)), has_gap

    def reasons(self, cell: Cell) -> list[str]:
        """Relations that hold the ends of a count, in words."""
        held: dict[str, None] = {}
        for sign in (1, -1):
            self._end(cell, sign)
            duals = self._solver.getSolution().row_dual
            for relation, dual in zip(self._block.relations, duals, strict=True):
                if abs(dual) > _NEAR:
                    held[relation.words] = None
        return list(held)

    def _model(self, bounds: Sequence[Bounds]) -> highspy.HighsLp:
        self._given = [(each.lower, min(each.upper, self._cap)) for each in bounds]
        rows = self._block.relations
        entries = [
            (self._places[cell], float(factor)) for row in rows for cell, factor in row.sum.factors.items()
        ]
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(bounds), len(rows)
        model.col_cost_ = np.zeros(len(bounds))
        model.col_lower_ = np.array([each.lower for each in bounds], dtype=float)
        model.col_upper_ = np.array([upper for _, upper in self._given], dtype=float)
        model.row_lower_ = np.array([row.lower for row in rows], dtype=float)
        model.row_upper_ = np.array([row.upper for row in rows], dtype=float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *(len(row.sum.factors) for row in rows)], dtype=np.int32)
        model.a_matrix_.index_ = np.array([place for place, _ in entries], dtype=np.int32)
        model.a_matrix_.value_ = np.array([factor for _, factor in entries], dtype=float)
        return model

    def _end(self, cell: Cell, sign: int) -> float:
        """Least value (sign 1) or greatest (sign -1) of a count."""
        place = self._places[cell]
        self._solver.changeColCost(place, float(sign))
        try:
            found = self._solve()
            if self._is_whole:
                values = np.asarray(self._solver.getSolution().col_value)
                self._is_whole = bool(np.all(np.abs(values - np.rint(values)) < _NEAR))
        finally:
            self._solver.changeColCost(place, 0.0)
        if found is None:
            raise contradiction(self._block.relations)
        return sign * found

    def _can_be(self, place: int, value: int) -> bool:
        self._solver.changeColBounds(place, float(value), float(value))
        return self._solve() is not None

    def _solve(self) -> float | None:
        """The optimum, minus infinity when there is no end; None: no numbers fit."""
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kUnknown:  # it lost its way from the last vertex
            self._solver.clearSolver()
            self._solver.run()
            status = self._solver.getModelStatus()
        if status == _ANSWERED:
            return float(self._solver.getObjectiveValue())
        if status in _ENDLESS:
            return -UNBOUNDED
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        raise UsageError(
            "a linear program could not be solved",
            f"HiGHS says {self._solver.modelStatusToString(status)} for {in_words(self._block.cells[0])}",
            "",
        )

    def _set_whole(self, *, is_whole: bool) -> None:
        kind = highspy.HighsVarType.kInteger if is_whole else highspy.HighsVarType.kContinuous
        for place in range(len(self._block.cells)):
            self._solver.changeColIntegrality(place, kind)
