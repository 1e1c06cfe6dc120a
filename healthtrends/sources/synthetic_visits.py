"""The synthetic population as visits, for formats in which a visit is more than a record.

The same draws as those of the records: same patients, codes and days. What a format adds of its own, such as
a correction, it takes from the random bits of the visit. A birth date gives the age of the records on each
day of the range; for a range of more than a year there is none.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Final

import numpy as np

from healthtrends.errors import UsageError
from healthtrends.sources.catalogue import GENDERS, catalogue
from healthtrends.sources.synthetic import SyntheticPlan, draw_all
from healthtrends.sources.synthetic_draw import OUTCOMES, Draws

_DAYS_OF_A_YEAR: Final = 365
_STREAM: Final = 2
"""Of the random bits; 0 and 1 are those of the records and the days."""


@dataclasses.dataclass(frozen=True, slots=True)
class Visit:
    """One visit with all its diagnoses."""

    day: dt.date
    number: int
    """Of the visit within its day."""
    patient: str
    birth_date: dt.date | None
    """None: no birth date gives the age of the records on all days of the range."""
    age: int
    gender: str
    """M, F, O or U."""
    codes: tuple[str, ...]
    treatments: tuple[str, ...]
    """One for each code."""
    are_broken: tuple[bool, ...]
    """For each code, whether its record is to be broken."""
    outcome: str
    """That of its first record."""
    second: int
    """Of the day, at which it was recorded."""
    facility: int | None
    bits: int
    """64 random bits."""


def visits(plan: SyntheticPlan) -> Iterator[list[Visit]]:
    """Yield the visits of the plan in stretches of a day. Raises UsageError for what visits cannot have."""
    if plan.plain:
        raise UsageError(
            "these synthetic messages cannot be made",
            "--plain is for the format `record`: a visit always has an id",
            "leave --plain out and try again",
        )
    spare = _DAYS_OF_A_YEAR - 1 - (plan.last - plan.first).days
    return (_visits(plan, draws, spare) for draws in draw_all(plan))


def _visits(plan: SyntheticPlan, draws: Draws, spare: int) -> list[Visit]:
    table = catalogue()
    serials, leaders = draws.serial.tolist(), draws.visit.tolist()
    patients, cells, codes = draws.patient.tolist(), draws.cell.tolist(), draws.code.tolist()
    counter = [0, int(serials[0]), draws.day.toordinal(), 0]
    bits = np.random.Philox(key=[plan.seed, _STREAM], counter=counter).random_raw(len(serials)).tolist()
    broken = (draws.bad < plan.bad_below).tolist()
    found: list[Visit] = []
    for at, (serial, leader) in enumerate(zip(serials, leaders, strict=True)):
        code = table.codes[codes[at]]
        treatment = table.treatments[codes[at]][int(draws.treatment[at])]
        if serial != leader:
            first = found[-1]
            found[-1] = dataclasses.replace(
                first,
                codes=(*first.codes, code),
                treatments=(*first.treatments, treatment),
                are_broken=(*first.are_broken, broken[at]),
            )
            continue
        age, gender = divmod(cells[at], len(GENDERS))
        found.append(
            Visit(
                day=draws.day,
                number=leader,
                patient=f"P{patients[at]:08}",
                birth_date=_birth_date(plan.first, patients[at], age, spare),
                age=age,
                gender=GENDERS[gender],
                codes=(code,),
                treatments=(treatment,),
                are_broken=(broken[at],),
                outcome=OUTCOMES[int(draws.outcome[at])],
                second=int(draws.seconds[at]),
                facility=int(draws.facility[at]) if draws.has_facility[at] else None,
                bits=bits[at],
            )
        )
    return found


def _birth_date(first: dt.date, patient: int, age: int, spare: int) -> dt.date | None:
    """Day of birth of who has this age from `first` on, until `spare` days are left of a year."""
    if spare < 0:
        return None
    birthday = first - dt.timedelta(days=patient % (spare + 1))
    try:
        return birthday.replace(year=birthday.year - age)
    except ValueError:  # 29 February, and the year of birth has none
        return birthday.replace(year=birthday.year - age, day=28)
