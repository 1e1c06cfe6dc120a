"""Number of synthetic records of each day, and their codes.

Whole numbers only (largest remainder), so that the same plan gives the same days on every machine.
"""

import dataclasses
import datetime as dt
import functools

import numpy as np

from healthtrends.sources.catalogue import Ints, apportion, catalogue, guide
from healthtrends.sources.outbreak import Outbreak

WEEKDAY_WEIGHT = (118, 112, 107, 109, 104, 58, 46)  # Monday first: clinics are half empty at weekends
JITTER_PERCENT = 4  # a day is up to this much above or below its weekday's usual number
CODE_STEPS = 1 << 16  # draws of sixteen bits choose a code


@dataclasses.dataclass(frozen=True, slots=True)
class DayPlan:
    """One day: how many records, and how much more there is of the outbreak's code."""

    day: dt.date
    records: int
    outbreak_code: str | None
    extra_percent: int

    def codes(self) -> Ints:
        """Return the catalogue row that each draw of sixteen bits stands for on this day."""
        return _code_guide(self.outbreak_code, self.extra_percent)


def plan_days(
    records: int, seed: int, first: dt.date, last: dt.date, outbreak: Outbreak | None
) -> list[DayPlan]:
    """Split `records` over the days from `first` to `last`; an outbreak adds its cases to its days' share."""
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    code = outbreak.code if outbreak else None
    extras = [outbreak.extra_percent(day) if outbreak else 0 for day in days]
    usual = sum(_code_weights(None, 0))
    case = _usual_weight(code) if code else 0
    weights = [
        _day_weight(day, seed) * (usual + case * extra) for day, extra in zip(days, extras, strict=True)
    ]
    parts = apportion(records, weights)
    return [
        DayPlan(day, part, code if extra else None, extra)
        for day, part, extra in zip(days, parts, extras, strict=True)
        if part
    ]


def _day_weight(day: dt.date, seed: int) -> int:
    draw = int(np.random.Philox(key=[seed, 1], counter=[0, 0, day.toordinal(), 0]).random_raw(1)[0])
    return WEEKDAY_WEIGHT[day.weekday()] * (100 - JITTER_PERCENT + draw % (2 * JITTER_PERCENT + 1))


def _usual_weight(code: str) -> int:
    table = catalogue()
    return int(table.weight[table.codes.index(code)])


def _code_weights(outbreak_code: str | None, extra_percent: int) -> list[int]:
    """Catalogue weights times 100, with the outbreak's extra percent on its own code."""
    table = catalogue()
    return [
        weight * (100 + (extra_percent if code == outbreak_code else 0))
        for code, weight in zip(table.codes, table.weight.tolist(), strict=True)
    ]


@functools.lru_cache(maxsize=4)  # half a megabyte each; calm days share one
def _code_guide(outbreak_code: str | None, extra_percent: int) -> Ints:
    return guide(_code_weights(outbreak_code, extra_percent), CODE_STEPS)
