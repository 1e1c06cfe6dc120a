"""A linear program over some hidden counts; all others have known values."""

from collections.abc import Mapping, Sequence
from typing import Final

import highspy
import numpy as np

from healthtrends.release.constraints import Constraint

_NEAR: Final = 1e-6
_FAR: Final = 1e5
"""In the place of no end: far above every small count."""
_MANY: Final = 5_000
"""Counts from which on a program is made smaller before it is solved for the first time."""


class Program:
    """A program that is solved again and again from its last vertex."""

    def __init__(
        self,
        ranges: Mapping[int, tuple[float, float]],
        constraints: Mapping[int, Constraint],
        values: Sequence[float],
    ) -> None:
        """`ranges` are those of its counts, `values` of all counts, constraints are by their number."""
        self._columns = {place: column for column, place in enumerate(ranges)}
        self._numbers = list(constraints)
        self._is_new = len(ranges) > _MANY
        lower, upper, starts, index, factors = [], [], [0], [], []
        for constraint in constraints.values():
            known = 0.0
            for place, factor in zip(constraint.places, constraint.factors, strict=True):
                column = self._columns.get(place)
                if column is None:
                    known += values[place] * factor
                else:
                    index.append(column)
                    factors.append(float(factor))
            lower.append(constraint.lower - known)
            upper.append(constraint.upper - known)
            starts.append(len(index))
        greatest = max((values[place] for place in ranges), default=0) + _FAR
        self._solver = highspy.Highs()
        for option, value in (("output_flag", False), ("presolve", "off"), ("threads", 1)):
            self._solver.setOptionValue(option, value)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(ranges), len(constraints)
        model.col_cost_ = np.zeros(len(ranges))
        model.col_lower_ = np.array([low for low, _ in ranges.values()], dtype=float)
        model.col_upper_ = np.array([min(high, greatest) for _, high in ranges.values()], dtype=float)
        model.row_lower_, model.row_upper_ = np.array(lower, dtype=float), np.array(upper, dtype=float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        model.a_matrix_.index_ = np.array(index, dtype=np.int32)
        model.a_matrix_.value_ = np.array(factors, dtype=float)
        self._solver.passModel(model)

    def solve(self, costs: Mapping[int, float]) -> Sequence[float]:
        """Values of all counts of the block where the sum of some times their costs is least."""
        columns = [self._columns[place] for place in costs]
        for column, cost in zip(columns, costs.values(), strict=True):
            self._solver.changeColCost(column, cost)
        if self._is_new:
            self._solver.setOptionValue("presolve", "on")
        self._solver.run()
        if self._is_new:
            self._is_new = False
            self._solver.setOptionValue("presolve", "off")
        status, solution = self._solver.getModelStatus(), self._solver.getSolution()
        for column in columns:
            self._solver.changeColCost(column, 0.0)
        if status != highspy.HighsModelStatus.kOptimal:
            raise ValueError(f"HiGHS says {self._solver.modelStatusToString(status)}")
        self._duals: Sequence[float] = list(solution.row_dual)
        return list(solution.col_value)

    def pins(self) -> list[int]:
        """Constraints that hold the last solution where it is."""
        return [number for number, dual in zip(self._numbers, self._duals, strict=True) if abs(dual) > _NEAR]
