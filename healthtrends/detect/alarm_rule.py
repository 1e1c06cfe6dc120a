"""Rule by which a day that stands out is an alarm; the daily report and its evaluation share it.

    alarm: the detector says so, its p < max_p, that of Benjamini and Hochberg <= max_q,
           at least min_count patients, and the day is a rise (`weekday_filter`)

What was measured is so what is reported. A detector without p values is judged by the rest.
"""

from dataclasses import dataclass

import numpy as np

from healthtrends.config import alarm_defaults
from healthtrends.detect.series import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Candidates:
    """Arrays of one shape; the last axis holds what was tested on one date."""

    alarm: BoolArray
    """What the detector says."""
    counts: FloatArray
    """Patients."""
    is_rise: BoolArray
    p_value: FloatArray
    """NaN: not tested, or the detector gives none; so of the two below."""
    p_holm: FloatArray
    q_bh: FloatArray


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """Thresholds; the defaults are those of the list of alarms."""

    min_count: float = alarm_defaults.MIN_COUNT
    max_p: float = alarm_defaults.MAX_P
    max_q: float = alarm_defaults.MAX_Q
    max_holm: float = 1.0

    def alarms(self, tested: Candidates) -> BoolArray:
        """Say which are alarms; a day that was not observed has no count, so it never is one."""
        is_small = (tested.p_value < self.max_p) | np.isnan(tested.p_value)
        is_chance = (tested.q_bh > self.max_q) | (tested.p_holm > self.max_holm)
        return tested.alarm & tested.is_rise & is_small & ~is_chance & (tested.counts >= self.min_count)
