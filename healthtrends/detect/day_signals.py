"""Signals of a date: its alarms after triage, and its trends."""

import numpy as np

from healthtrends.detect.day_series import DaySeries
from healthtrends.detect.day_trends import find_trends
from healthtrends.detect.triage import Rules, find_alarms
from healthtrends.model.signals import NO_SIGNALS, Answer, Signals


def find_signals(day: DaySeries, rules: Rules, *, is_quiet: bool) -> Signals:
    """Find the signals of the last day; `is_quiet`: it has far fewer visits than usual."""
    if not np.isfinite(day.visits[-1]):
        return NO_SIGNALS
    alarms, tested = find_alarms(day, rules)
    answer: Answer = "quiet_feed" if is_quiet else "tested"
    return Signals(
        answer if tested else "too_short",
        alarms,
        find_trends(day),
        tested,
        len(day.names) - tested,
        int(np.isfinite(day.visits[:-1]).sum()),
    )
