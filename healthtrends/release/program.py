"""A linear program over some hidden counts; all others have known values."""

from typing import Final

import highspy
import numpy as np

from healthtrends.release.constraint_table import ConstraintTable, Ranges, Real, Whole

_NEAR: Final = 1e-6
_FAR: Final = 1e5
"""In the place of no end: far above every small count."""
_DUAL: Final = 1
_PRIMAL: Final = 4
"""Strategies of HiGHS. With other costs the last vertex is still one: the primal simplex starts from it."""
_MANY: Final = 5_000
"""Counts from which on a program is made smaller before it is solved for the first time."""


class Program:
    """A program that is solved again and again from its last vertex."""

    def __init__(
        self, table: ConstraintTable, block: Whole, numbers: Whole, ranges: Ranges, values: Real
    ) -> None:
        """`block` are its counts, `numbers` its constraints; `ranges` and `values` are of all counts."""
        self._numbers = numbers
        self._is_new = True
        self._costs = np.zeros(len(block))
        self._columns = np.arange(len(block), dtype=np.int32)
        self._solver = highspy.Highs()
        for option, value in (("output_flag", False), ("presolve", "off"), ("threads", 1)):
            self._solver.setOptionValue(option, value)
        self._solver.passModel(self._model(table, block, ranges, values))

    def _model(self, table: ConstraintTable, block: Whole, ranges: Ranges, values: Real) -> highspy.HighsLp:
        entries, lengths = table.entries(self._numbers)
        rows = np.repeat(np.arange(len(self._numbers)), lengths)
        places, factors = table.places[entries], table.factors[entries]
        order = np.argsort(block)
        at = np.searchsorted(block, places, sorter=order).clip(max=len(block) - 1)
        columns = order[at]
        is_own = block[columns] == places
        known = np.bincount(rows[~is_own], (factors * values[places])[~is_own], minlength=len(self._numbers))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(block), len(self._numbers)
        model.col_cost_ = self._costs
        model.col_lower_ = ranges[block, 0]
        model.col_upper_ = ranges[block, 1].clip(max=values[block].max(initial=0) + _FAR)
        model.row_lower_ = table.lower[self._numbers] - known
        model.row_upper_ = table.upper[self._numbers] - known
        own_rows = np.bincount(rows[is_own], minlength=len(self._numbers))
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(own_rows)]).astype(np.int32)
        model.a_matrix_.index_ = columns[is_own].astype(np.int32)
        model.a_matrix_.value_ = factors[is_own]
        return model

    def solve(self, columns: Whole, costs: Real) -> Real:
        """Values of all counts of the block where the sum of some times their costs is least."""
        self._costs[:] = 0
        self._costs[columns] = costs
        self._solver.changeColsCost(len(self._costs), self._columns, self._costs)
        is_great = self._is_new and len(self._costs) > _MANY
        self._solver.setOptionValue("presolve", "on" if is_great else "off")
        self._solver.setOptionValue("simplex_strategy", _DUAL if self._is_new else _PRIMAL)
        self._solver.run()
        self._is_new = False
        status, solution = self._solver.getModelStatus(), self._solver.getSolution()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ValueError(f"HiGHS says {self._solver.modelStatusToString(status)}")
        self._duals = np.array(solution.row_dual)
        return np.array(solution.col_value)

    def pins(self) -> list[int]:
        """Constraints that hold the last solution where it is."""
        pins: list[int] = self._numbers[np.abs(self._duals) > _NEAR].tolist()
        return pins
