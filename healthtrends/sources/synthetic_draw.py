"""Random draws for a stretch of one day's records, as columns.

All randomness is the raw 64-bit output of Philox-4x64-10 (a published counter-based generator), keyed by
the seed and counted by day and stretch, and all arithmetic is on whole numbers. So the same plan gives the
same records on every machine and every NumPy: its distributions, which may change between versions, are not
used.
"""

import dataclasses
import datetime as dt

import numpy as np
import numpy.typing as npt

from healthtrends.sources.catalogue import GENDERS, TREATMENTS_PER_CODE, Ints, catalogue
from healthtrends.sources.population import Population, gender_of
from healthtrends.sources.synthetic_days import DayPlan

OUTCOMES = ("recovered", "ongoing", "deceased")
_RECOVERED, _ONGOING, _DECEASED = range(len(OUTCOMES))
CHILD_BELOW = 15  # years
FACILITIES = 40

# Of 256 draws, how many records bear the optional field.
SECOND_DIAGNOSIS = 14  # records that are a second diagnosis of the visit before them: 5 %
WITH_VISIT, WITH_RECORD, WITH_RECORDED_AT, WITH_FACILITY = 160, 128, 192, 205

Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True)
class Draws:
    """Columns of a stretch; all of one length."""

    day: dt.date
    serial: Ints  # number of the record within its day
    visit: Ints  # number of the visit's first record within its day
    patient: Ints
    cell: Ints  # age * 4 + gender
    code: Ints  # catalogue row
    treatment: Ints  # 0 to 2, of the code's three
    outcome: Ints  # index into OUTCOMES
    seconds: Ints  # second of the day at which it was recorded
    facility: Ints  # 0 to FACILITIES - 1
    has_visit: Mask
    has_record: Mask
    has_recorded_at: Mask
    has_facility: Mask
    bad: Ints  # 20 bits: which records are to be broken, when any are


def draw(plan: DayPlan, population: Population, seed: int, begin: int, stretch: int) -> Draws:
    """Draw the records `begin` to `begin + stretch` of a day, or as many as it has left."""
    count = min(stretch, plan.records - begin)
    generator = np.random.Philox(key=[seed, 0], counter=[0, begin // stretch, plan.day.toordinal(), 0])
    raw = generator.random_raw(3 * count).reshape(3, count)

    def bits(word: int, shift: int, width: int) -> Ints:
        field: Ints = (raw[word] >> np.uint64(shift) & np.uint64((1 << width) - 1)).astype(np.int64)
        return field

    table = catalogue()
    follows = _second_diagnoses(bits(1, 32, 8))
    leader = np.arange(count) - follows
    code = plan.codes()[bits(0, 0, 16)]
    cell = table.ages[code, bits(0, 16, 10)] * len(GENDERS) + gender_of(
        bits(0, 26, 10), table.men_percent[code]
    )
    cell = cell[leader]
    code = np.where(follows, _second_code(code[leader], cell, bits(2, 48, 8)), code)
    paired = follows | np.append(follows[1:], False)
    return Draws(
        day=plan.day,
        serial=begin + np.arange(count),
        visit=begin + leader,
        patient=population.numbers(cell, bits(1, 0, 32)[leader]),
        cell=cell,
        code=code,
        treatment=_treatment(bits(0, 46, 10)),
        outcome=_outcome(bits(0, 36, 10), code, leader),
        seconds=21_600 + (bits(2, 32, 16) * 57_600 >> 16),  # from 06:00 to 22:00
        facility=bits(2, 56, 8)[leader] * FACILITIES >> 8,
        has_visit=(bits(2, 0, 8) < WITH_VISIT) | paired,
        has_record=bits(2, 8, 8) < WITH_RECORD,
        has_recorded_at=bits(2, 16, 8) < WITH_RECORDED_AT,
        has_facility=(bits(2, 24, 8) < WITH_FACILITY)[leader],
        bad=bits(1, 44, 20),
    )


def _second_diagnoses(draws: Ints) -> Mask:
    """Which records belong to the visit before them; never two in a row, never the first."""
    wanted: Mask = draws < SECOND_DIAGNOSIS
    alone: Mask = ~np.append(True, wanted[:-1])
    return wanted & alone


def _second_code(first: Ints, cell: Ints, draws: Ints) -> Ints:
    """A second code that suits the age and differs from the first."""
    table = catalogue()
    child = cell < CHILD_BELOW * len(GENDERS)
    chosen, other = (
        np.where(
            child,
            table.second_child[(draws + step) % len(table.second_child)],
            table.second_adult[(draws + step) % len(table.second_adult)],
        )
        for step in (0, 1)
    )
    return np.where(chosen == first, other, chosen)


def _treatment(draws: Ints) -> Ints:
    """The most usual treatment in 60 % of cases, the next in 28 %."""
    return np.minimum((draws >= 614).astype(np.int64) + (draws >= 901), TREATMENTS_PER_CODE - 1)


def _outcome(draws: Ints, code: Ints, leader: Ints) -> Ints:
    """By the code's shares; both records of a visit agree on whether the patient died."""
    table = catalogue()
    permille = draws * 1000 >> 10
    died = permille < table.deceased_permille[code]
    recovered = permille < (table.deceased_permille + table.recovered_permille)[code]
    alive = np.where(recovered & ~died, _RECOVERED, _ONGOING)
    return np.where(died[leader], _DECEASED, alive)
