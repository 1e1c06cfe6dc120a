"""Switch: the regression where its model explains the baseline, else EWMA.

    regression where the adjusted R squared of that day's baseline is at least 0.60, else EWMA

Source: `alert_switch` of CDC's R package Rnssp (2025-08), after ESSENCE. A code with a weekday pattern gets
the model that knows weekdays; a rare code, whose pattern cannot be told from chance, gets the average.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from healthtrends.detect.alert_level import Alert, Expected, Guard, PValue, Statistic, red_days
from healthtrends.detect.ewma import Ewma, EwmaTest, Weight
from healthtrends.detect.parameters import About, Column
from healthtrends.detect.regression import Regression, RegressionTest
from healthtrends.detect.series import BoolArray, LabelArray, Series
from healthtrends.detect.series_detector import SeriesDetector

NONE, EWMA, REGRESSION = range(3)


@dataclass(frozen=True, slots=True)
class SwitchTest:
    """Days x codes."""

    expected: Expected
    statistic: Statistic
    p_value: PValue
    alert: Alert
    detector: Annotated[
        LabelArray, Column("detector", "which one tested", ("", "EWMA", "Adaptive Multiple Regression"))
    ]

    @property
    def alarm(self) -> BoolArray:
        """The red days."""
        return red_days(self.alert)


@dataclass(frozen=True, slots=True)
class Switch(SeriesDetector):
    """The detector."""

    name: ClassVar[str] = "switch"

    baseline: Annotated[int, About("longest baseline", unit="days", low=14, high=364)] = 28
    guard: Guard = 2
    w1: Weight = 0.4
    w2: Weight = 0.9
    explained: Annotated[float, About("adjusted R squared from which on the regression tests", high=1)] = 0.6

    def detect(self, series: Series) -> SwitchTest:
        """See `SeriesDetector.detect`."""
        average = Ewma(self.baseline, self.guard, self.w1, self.w2).detect(series)
        return self.choose(average, Regression(self.baseline, self.guard).detect(series))

    def choose(self, average: EwmaTest, model: RegressionTest) -> SwitchTest:
        """Do the same with results that are there already: of the same series, with these parameters."""
        is_explained = model.explained >= self.explained
        detector = np.where(is_explained, REGRESSION, np.where(np.isnan(average.p_value), NONE, EWMA))
        return SwitchTest(
            np.where(is_explained, model.expected, average.expected),
            np.where(is_explained, model.statistic, average.statistic),
            np.where(is_explained, model.p_value, average.p_value),
            np.where(is_explained, model.alert, average.alert),
            detector.astype(np.int8),
        )
