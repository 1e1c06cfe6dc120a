"""Synthetic patient records: seeded, the same bytes for the same plan on every machine.

Nothing here stems from a real person. Weights, ages and outcomes are made up (see `catalogue`); what is
known for certain is the number of records, their days, and the outbreak that was put in. Patients die and
come back, age does not change over the range, and no record is ever replaced or cancelled.
"""

import dataclasses
import datetime as dt
import itertools
import re
from collections.abc import Iterator

import numpy as np

from healthtrends.errors import UsageError
from healthtrends.sources.catalogue import catalogue
from healthtrends.sources.invalid_records import break_record
from healthtrends.sources.outbreak import Outbreak
from healthtrends.sources.population import populate
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic_days import plan_days
from healthtrends.sources.synthetic_draw import Draws, draw
from healthtrends.sources.synthetic_render import Rendered, Renderer

STRETCH = 8_192  # records made at a time: some 10 MB of columns, whatever the total
BAD_STEPS = 1 << 20  # draws of twenty bits choose the records to break
EARLIEST = dt.date(1900, 1, 1)
_OF_THE_VISIT = re.compile(rb'"treatment_code":"[^"]*","outcome":"[^"]*"')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticPlan:
    """What to make.

    `records`: how many, 0 or more. `seed`: 0 to 2**63 - 1. `first`, `last`: visit days, both included.
    `outbreak`: extra cases put in; None for none. `plain`: only the seven required fields (about 141 bytes a
    record); otherwise a share of records also bear the optional ones (about 230 bytes).
    `whole_visits`: all records of a visit have the treatment and the outcome of its first, as in formats
    whose messages are about visits.
    `bad_share`: 0 to 1, the share of records broken in one of the ways of `invalid_records.WAYS`.
    Raises UsageError when these contradict each other.
    """

    records: int
    seed: int
    first: dt.date
    last: dt.date
    outbreak: Outbreak | None = None
    plain: bool = False
    whole_visits: bool = False
    bad_share: float = 0.0

    def __post_init__(self) -> None:
        for holds, rule in (
            (self.records >= 0, "the number of records must be 0 or more"),
            (0 <= self.seed < 1 << 63, "the seed must be from 0 to 2**63 - 1"),
            (self.first <= self.last, "the first day must not be after the last"),
            (self.first >= EARLIEST, f"days before {EARLIEST} are not valid visit dates"),
            (0 <= self.bad_share <= 1, "the share of broken records must be from 0 to 1"),
            (
                self.outbreak is None or self.outbreak.code in catalogue().codes,
                "the outbreak's code must be one of the catalogue",
            ),
        ):
            if not holds:
                raise UsageError(
                    "these synthetic records cannot be made", rule, "change the options and try again"
                )

    @property
    def bad_below(self) -> int:
        """Draws of `Draws.bad` below this choose the records to break."""
        return round(self.bad_share * BAD_STEPS)


def synthetic(plan: SyntheticPlan) -> Iterator[SourceRecord]:
    """Yield the records of the plan, day by day.

    Messages bear no time of their own: with the visit's day as time a broker that keeps a week would delete
    old days at once, so the client stamps the moment of sending.
    """
    renderer = Renderer(plain=plan.plain)
    for draws in draw_all(plan):
        rendered = renderer.render(draws)
        if plan.whole_visits:
            _make_whole(rendered, draws)
        if plan.bad_share:
            _break_some(rendered, draws, plan.bad_below)
        yield from itertools.starmap(SourceRecord, zip(rendered.values, rendered.keys, strict=True))


def draw_all(plan: SyntheticPlan) -> Iterator[Draws]:
    """Yield the draws of the plan, day by day, in stretches: what every format of it is made of."""
    days = plan_days(plan.records, plan.seed, plan.first, plan.last, plan.outbreak)
    population = populate(plan.records, max((day.records for day in days), default=0), plan.seed)
    for day in days:
        for begin in range(0, day.records, STRETCH):
            yield draw(day, population, plan.seed, begin, STRETCH)


def _make_whole(rendered: Rendered, draws: Draws) -> None:
    for at in np.flatnonzero(draws.serial != draws.visit).tolist():
        first = _OF_THE_VISIT.search(rendered.values[at - int(draws.serial[at] - draws.visit[at])])
        if first is not None:
            rendered.values[at] = _OF_THE_VISIT.sub(first[0], rendered.values[at])


def _break_some(rendered: Rendered, draws: Draws, below: int) -> None:
    for at in np.flatnonzero(draws.bad < below).tolist():
        rendered.values[at] = break_record(rendered.values[at], int(draws.serial[at]))
