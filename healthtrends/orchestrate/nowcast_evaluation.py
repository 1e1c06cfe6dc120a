"""Nowcasts of the past, as they would have been, held against what became final."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from healthtrends.detect.nowcast_score import Score, score
from healthtrends.model.nowcast import NowcastDay
from healthtrends.orchestrate.nowcast import LONGEST, ReceivedLines, ReportingTriangle
from healthtrends.storage.state import State

DAYS = 90
"""Days of the past on which nowcasts are made."""


@dataclass(frozen=True, slots=True)
class DelayScore:
    """Nowcasts of days that were known up to one delay."""

    delay: int
    score: Score


@dataclass(frozen=True, slots=True)
class PastNowcasts:
    """Scores by delay; none where there is too little history."""

    first: dt.date | None
    """Days on which the nowcasts were made; None: there are none."""
    last: dt.date | None
    delays: Sequence[DelayScore]


def evaluate_nowcasts(state: State) -> PastNowcasts:
    """Make the nowcasts of up to `DAYS` days, each of what had come by then, and score them.

    Final is what comes within the longest delay; days of which that is not over yet are left out.
    """
    lines = ReceivedLines(state)
    dates = sorted(map(dt.date.fromisoformat, state.files))
    newest = max((day for date in dates[-LONGEST - 1 :] for day in lines.of(date) or ()), default=None)
    if newest is None:
        return PastNowcasts(None, None, ())
    found: dict[int, list[tuple[NowcastDay, int]]] = {}
    issued = set()
    for back in range(DAYS + LONGEST, 0, -1):
        then = newest - dt.timedelta(days=back)
        for each in ReportingTriangle(lines, then, newest=then).days():
            if each.state == "nowcast" and (newest - each.day).days >= LONGEST:
                found.setdefault(each.delay, []).append((each, _final(lines, each.day)))
                issued.add(then)
    scores = [DelayScore(delay, _score(found[delay])) for delay in sorted(found)]
    return PastNowcasts(min(issued, default=None), max(issued, default=None), scores)


def _final(lines: ReceivedLines, date: dt.date) -> int:
    received = lines.of(date) or {}
    return sum(number for day, number in received.items() if (day - date).days <= LONGEST)


def _score(nowcasts: Sequence[tuple[NowcastDay, int]]) -> Score:
    quantiles = np.array([each.quantiles for each, _ in nowcasts], float)
    stored = np.array([each.lines for each, _ in nowcasts], float)
    return score(quantiles, stored, np.array([final for _, final in nowcasts], float))
