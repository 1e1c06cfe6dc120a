"""The settings of the alarms, judged by the history of patients by code that is stored."""

import numpy as np

from healthtrends.detect.history_evaluation import HistoryRates, evaluate_history
from healthtrends.detect.series import Series
from healthtrends.detect.triage import Rules
from healthtrends.model.history import History

DAYS = 400
"""Days up to the newest date."""


def evaluate_alarms(history: History, rules: Rules, replicates: int, seed: int) -> HistoryRates | None:
    """Judge full codes alone, without groups and syndromes; None: too few days are counted."""
    if not history.patients:
        return None
    counts = np.array(list(history.patients.values()), float).T  # None becomes NaN
    series = Series(history.dates[0], list(history.patients), counts, np.array(history.visits, float))
    return evaluate_history(series, rules, replicates, seed)
