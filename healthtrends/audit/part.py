"""A linear program over some counts of a block, the others of which have known values or known ranges.

With values that fit, its solutions are tables that fit as a whole. With ranges, no table is left out of it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

import highspy
import numpy as np
from numpy.typing import NDArray

from healthtrends.audit.system import ENDLESS, Ints, System, entries

_NEAR: Final = 1e-6
_FAR: Final = 100_000
"""How far above all known numbers a count without an end is let go: a program has a solution then."""
_PRIMAL: Final = 4
"""HiGHS' word for the primal simplex: the last table still fits when costs change."""
_DUAL: Final = 1
_FOUND: Final = 2
"""HiGHS' word for a solution that fits."""


class End(NamedTuple):
    """Least or greatest value of a count."""

    value: float
    rows: Sequence[int]
    """Relations that hold it."""


class Others(Protocol):
    """Values or ranges of all counts of a block."""

    @property
    def system(self) -> System:
        """The block."""

    def without(self, counts: Ints) -> "Rest":
        """Leave the relations of some counts what the other counts leave to them."""


class Sums:
    """What the counts of each relation add up to at least and at most."""

    def __init__(self, system: System, least: Ints, greatest: Ints) -> None:
        self._system = system
        self._ends = (least, greatest)
        matrix = system.factors
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        self._sums, self._endless = self._add(rows, matrix.indices, matrix.data, matrix.shape[0])

    @property
    def system(self) -> System:
        """The block."""
        return self._system

    def without(self, counts: Ints) -> "Rest":
        """Leave the relations of some counts what the other counts leave to them."""
        of_count, rows, factors = entries(self._system.by_count, counts)
        kept, row = np.unique(rows, return_inverse=True)
        sums, endless = self._add(row, counts[of_count], factors, len(kept))
        low, high = (self._sums[end][kept] - sums[end] for end in (0, 1))
        no_low, no_high = (self._endless[end][kept] - endless[end] > 0 for end in (0, 1))
        least, greatest = self._system.row_least[kept], self._system.row_greatest[kept]
        return Rest(
            kept,
            np.where(no_high | (least <= -ENDLESS), -ENDLESS, least - high),
            np.where(no_low | (greatest >= ENDLESS), ENDLESS, greatest - low),
            row,
            of_count,
            factors,
        )

    def _add(self, rows: Ints, counts: Ints, factors: Ints, number: int) -> tuple[list[Ints], list[Ints]]:
        sums, endless = [], []
        for end in (0, 1):
            values = np.where((factors > 0) == (end == 0), self._ends[0][counts], self._ends[1][counts])
            has_none = np.abs(values) >= ENDLESS
            sums.append(np.zeros(number, np.int64))
            np.add.at(sums[-1], rows, np.where(has_none, 0, values * factors))
            endless.append(np.bincount(rows, weights=has_none, minlength=number).astype(np.int64))
        return sums, endless


class Rest(NamedTuple):
    """Relations of some counts; the last three are their entries, count by count."""

    rows: Ints
    least: Ints
    greatest: Ints
    row: Ints
    place: Ints
    """Of the count in the part."""
    factor: Ints


class Part:
    """A program that is solved again and again from its last vertex.

    First by the dual simplex, which needs fewer steps to the first vertex, then by the primal one.
    """

    def __init__(self, others: Others, counts: Ints, *, seconds: float) -> None:
        """`seconds` are those of one solution."""
        if len(np.unique(counts)) < len(counts):
            raise ValueError("a count is in a part twice: its solutions would be no tables")
        self._seconds = seconds
        system = others.system
        self.counts = counts
        self._rest = others.without(counts)
        self._least = system.least[counts]
        self._greatest = system.greatest[counts]
        self._is_endless = self._greatest >= ENDLESS
        self._all = np.arange(len(counts), dtype=np.int32)
        self._solver = highspy.Highs()
        for option, value in (("output_flag", False), ("presolve", "off"), ("threads", 1)):
            self._solver.setOptionValue(option, value)
        self._solver.setOptionValue("simplex_strategy", _DUAL)
        self._solver.setOptionValue("mip_rel_gap", 0.05)
        self._solver.passModel(self._model())

    def _model(self) -> highspy.HighsLp:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.counts), len(self._rest.rows)
        model.col_cost_ = np.zeros(len(self.counts))
        ends = np.concatenate([self._rest.least, self._rest.greatest, self._least, self._greatest])
        most = np.abs(ends[np.abs(ends) < ENDLESS]).max(initial=0) + _FAR
        model.col_lower_ = _ends(self._least)
        model.col_upper_ = np.where(self._is_endless, float(most), _ends(self._greatest))
        model.row_lower_, model.row_upper_ = _ends(self._rest.least), _ends(self._rest.greatest)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lengths = np.bincount(self._rest.place, minlength=len(self.counts))
        model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        model.a_matrix_.index_ = self._rest.row.astype(np.int32)
        model.a_matrix_.value_ = self._rest.factor.astype(float)
        return model

    def values(self) -> NDArray[np.float64] | None:
        """Numbers that fit, perhaps with fractions; None: none were found in time.

        The program of a whole block, not solved before: made smaller first, by the dual simplex, it takes
        seconds instead of minutes.
        """
        for option, value in (("presolve", "on"), ("simplex_strategy", _DUAL)):
            self._solver.setOptionValue(option, value)
        found = self._run()
        self._solver.setOptionValue("presolve", "off")
        return found

    def table(self, costs: NDArray[np.float64], *, is_thorough: bool = False) -> Ints | None:
        """Whole numbers that fit, where costs are small; None: none were found in time.

        `is_thorough`: a program of whole numbers is asked where the linear one gives fractions.
        """
        self._solver.changeColsCost(len(costs), self._all, costs)
        found = self._whole(self._run())
        if found is None and is_thorough:
            self._set_kind(highspy.HighsVarType.kInteger)
            found = self._whole(self._run())
            self._set_kind(highspy.HighsVarType.kContinuous)
        return found

    def end(self, place: int, sign: int) -> End | None:
        """Least (sign 1) or greatest value (-1) of a count; None: it has no end, or none was found."""
        costs = np.zeros(len(self.counts))
        costs[place] = sign
        self._solver.changeColsCost(len(costs), self._all, costs)
        values = self._run()
        if values is None or self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._solver.getSolution()
        duals, own = np.asarray(solution.row_dual), np.asarray(solution.col_dual)
        if np.any(self._is_endless & (own < -_NEAR)):
            return None  # it is held by a count that was not let go any farther
        return End(float(values[place]), self._rest.rows[np.abs(duals) > _NEAR].tolist())

    def _run(self) -> NDArray[np.float64] | None:
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + self._seconds)
        self._solver.run()
        self._solver.setOptionValue("simplex_strategy", _PRIMAL)
        if self._solver.getInfo().primal_solution_status != _FOUND:
            return None
        return np.asarray(self._solver.getSolution().col_value)

    def _whole(self, values: NDArray[np.float64] | None) -> Ints | None:
        """The values, if they are whole numbers; that they fit is computed again, exactly."""
        if values is None or np.abs(values - np.rint(values)).max(initial=0) > _NEAR:
            return None
        found = np.rint(values).astype(np.int64)
        rest = self._rest
        sums = np.zeros(len(rest.rows), np.int64)
        np.add.at(sums, rest.row, found[rest.place] * rest.factor)
        fits = np.all((sums >= rest.least) & (sums <= rest.greatest))
        return found if fits and np.all((found >= self._least) & (found <= self._greatest)) else None

    def _set_kind(self, kind: highspy.HighsVarType) -> None:
        kinds = np.full(len(self._all), int(kind.value), dtype=np.uint8)
        self._solver.changeColsIntegrality(len(self._all), self._all, kinds)


def _ends(values: Ints) -> NDArray[np.float64]:
    found = values.astype(float)
    found[values >= ENDLESS] = highspy.kHighsInf
    found[values <= -ENDLESS] = -highspy.kHighsInf
    return found
