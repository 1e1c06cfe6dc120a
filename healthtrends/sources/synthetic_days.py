"""How many synthetic records each day gets, and which codes they bear.

Whole numbers only (largest remainder), so that the same plan gives the same days on every machine.
"""

import dataclasses
import datetime as dt

import numpy as np

from healthtrends.sources.catalogue import Ints, apportion, catalogue, guide
from healthtrends.sources.outbreak import Outbreak

WEEKDAY_WEIGHT = (118, 112, 107, 109, 104, 58, 46)  # Monday first: clinics are half empty at weekends
JITTER_PERCENT = 4  # a day is up to this much above or below its weekday's usual number
CODE_STEPS = 1 << 16  # draws of sixteen bits choose a code


@dataclasses.dataclass(frozen=True, slots=True)
class DayPlan:
    """One day: how many records, and the catalogue row that each draw of sixteen bits stands for."""

    day: dt.date
    records: int
    codes: Ints


def plan_days(
    records: int, seed: int, first: dt.date, last: dt.date, outbreak: Outbreak | None
) -> list[DayPlan]:
    """Split `records` over the days from `first` to `last`; an outbreak adds its cases to its days' share."""
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    code_weights = [_code_weights(day, outbreak) for day in days]
    day_weights = [
        _day_weight(day, seed) * sum(weights) for day, weights in zip(days, code_weights, strict=True)
    ]
    parts = apportion(records, day_weights)
    return [
        DayPlan(day, part, guide(weights, CODE_STEPS))
        for day, part, weights in zip(days, parts, code_weights, strict=True)
        if part
    ]


def _day_weight(day: dt.date, seed: int) -> int:
    draw = int(np.random.Philox(key=[seed, 1], counter=[0, 0, day.toordinal(), 0]).random_raw(1)[0])
    return WEEKDAY_WEIGHT[day.weekday()] * (100 - JITTER_PERCENT + draw % (2 * JITTER_PERCENT + 1))


def _code_weights(day: dt.date, outbreak: Outbreak | None) -> list[int]:
    """Catalogue weights times 100, with the outbreak's extra percent on its own code."""
    table = catalogue()
    weights = [100 * int(weight) for weight in table.weight]
    if outbreak is not None:
        row = table.codes.index(outbreak.code)
        weights[row] += int(table.weight[row]) * outbreak.extra_percent(day)
    return weights
