"""A linear program over named counts that is made line by line."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Final

import highspy
import numpy as np

Form = Mapping[Hashable, float]
"""Factors by name of a count."""
_NEAR: Final = 1e-6
_DUAL: Final = 1
_PRIMAL: Final = 4
"""Strategies of HiGHS. With other costs the last vertex is still one: the primal simplex starts from it."""
_FAR: Final = 1e6
"""In the place of no end: far above every small count."""


class AgeModel:
    """Counts with a range each, and sums of them that lie between two ends."""

    def __init__(self, range_of: Callable[[Hashable], tuple[float, float]]) -> None:
        self._range_of = range_of
        self._columns: dict[Hashable, int] = {}
        self._forms: list[tuple[Form, float, float]] = []
        self._owners: list[Hashable | None] = []
        self._solver = highspy.Highs()
        self._is_new = True

    def add(self, form: Form, lower: float, upper: float, owner: Hashable | None = None) -> None:
        """Add a sum; `owner` is whose number it tells."""
        for name in form:
            self._columns.setdefault(name, len(self._columns))
        self._forms.append((form, lower, upper))
        self._owners.append(owner)

    def close(self) -> None:
        """No sum is added from now on."""
        for option, value in (("output_flag", False), ("threads", 1)):
            self._solver.setOptionValue(option, value)
        self._solver.passModel(self._model())

    def values(self, costs: Mapping[Hashable, float], names: Iterable[Hashable]) -> list[float]:
        """Values of some counts where the sum of some times their costs is least; empty: no numbers fit."""
        status, found = self._solve(costs), self._solver.getSolution().col_value
        is_found = status == highspy.HighsModelStatus.kOptimal
        return [found[self._columns[each]] for each in names] if is_found else []

    def _solve(self, costs: Mapping[Hashable, float]) -> highspy.HighsModelStatus:
        solver = self._solver
        all_costs = np.zeros(len(self._columns))
        all_costs[[self._columns[name] for name in costs]] = list(costs.values())
        solver.changeColsCost(len(all_costs), np.arange(len(all_costs), dtype=np.int32), all_costs)
        solver.setOptionValue("presolve", "on" if self._is_new else "off")
        solver.setOptionValue("simplex_strategy", _DUAL if self._is_new else _PRIMAL)
        solver.run()
        self._is_new = False
        return solver.getModelStatus()

    def holding(self, name: Hashable) -> set[Hashable]:
        """Owners of the sums that hold both ends of a count."""
        found: set[Hashable] = set()
        for sign in (1.0, -1.0):
            self._solve({name: sign})
            duals = np.array(self._solver.getSolution().row_dual)
            found |= {self._owners[row] for row in np.flatnonzero(np.abs(duals) > _NEAR).tolist()}
        return found - {None}

    def _model(self) -> highspy.HighsLp:
        ranges = np.array([self._range_of(name) for name in self._columns], dtype=float).reshape(-1, 2)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(ranges), len(self._forms)
        model.col_cost_ = np.zeros(len(ranges))
        model.col_lower_, model.col_upper_ = ranges[:, 0].copy(), ranges[:, 1].clip(max=_FAR)
        model.row_lower_ = np.array([lower for _, lower, _ in self._forms], dtype=float)
        model.row_upper_ = np.array([upper for _, _, upper in self._forms], dtype=float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *(len(form) for form, _, _ in self._forms)], dtype=np.int32)
        entries = [
            (self._columns[name], factor) for form, _, _ in self._forms for name, factor in form.items()
        ]
        model.a_matrix_.index_ = np.array([place for place, _ in entries], dtype=np.int32)
        model.a_matrix_.value_ = np.array([factor for _, factor in entries], dtype=float)
        return model
