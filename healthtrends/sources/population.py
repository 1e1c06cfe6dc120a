"""Synthetic patients: each has one fixed age and gender, and a number that reveals neither.

Patients live in cells, one per year of age and gender. A cell holds as many patients as the catalogue
sends records there, so that a record picks its age and gender first and then one patient of that cell.
"""

import dataclasses

import numpy as np

from healthtrends.sources.catalogue import AGES, GENDERS, Ints, catalogue

PATIENTS_PER_DAILY_RECORD = 8  # keeps patients who come twice on one day rare
MOST_PATIENTS = 90_000_000  # patient numbers have eight digits
SMALLEST_CELL = 8
NUMBERS = 100_000_000
SCRAMBLE = 61_803_399  # coprime to NUMBERS, so that no two patients share a number

GENDER_STEPS = 1024  # draws of ten bits choose a gender
UNKNOWN_STEPS, OTHER_STEPS = 7, 3  # of these draws, 0.7 % unknown and 0.3 % other
_M, _F, _O, _U = range(len(GENDERS))


@dataclasses.dataclass(frozen=True, slots=True)
class Population:
    """Where each cell's patients begin, how many they are, and the shift of their numbers."""

    begin: Ints  # per cell
    size: Ints  # per cell
    shift: int

    def numbers(self, cell: Ints, draw: Ints) -> Ints:
        """Patient numbers below 100,000,000 for draws of 32 bits in these cells."""
        patient = self.begin[cell] + (draw * self.size[cell] >> 32)
        return (patient * SCRAMBLE + self.shift) % NUMBERS


def populate(records: int, busiest_day: int, seed: int) -> Population:
    """As many patients as records, or eight times those of the busiest day when that is more."""
    wanted = min(max(records, PATIENTS_PER_DAILY_RECORD * busiest_day), MOST_PATIENTS)
    weight = _cell_weights()
    size = np.maximum(wanted * (weight >> 16) // int((weight >> 16).sum()), SMALLEST_CELL)
    return Population(begin=np.cumsum(size) - size, size=size, shift=seed * 7_919 % NUMBERS)


def gender_of(draw: Ints, men_percent: Ints) -> Ints:
    """Index into GENDERS for draws of ten bits, by the code's share of men."""
    known = GENDER_STEPS - UNKNOWN_STEPS - OTHER_STEPS
    man = draw * 100 < men_percent * known
    return np.where(draw < known, np.where(man, _M, _F), np.where(draw < known + OTHER_STEPS, _O, _U))


def _cell_weights() -> Ints:
    """How often the catalogue sends a record to each cell (age * 4 + gender), as whole weights."""
    table = catalogue()
    genders = np.stack(
        [np.bincount(gender_of(np.arange(GENDER_STEPS), np.full(GENDER_STEPS, men)), minlength=4)
         for men in table.men_percent]
    )  # fmt: skip
    ages = np.stack([np.bincount(drawn, minlength=AGES) for drawn in table.ages])
    joint: Ints = np.einsum("c,ca,cg->ag", table.weight, ages, genders)
    return joint.ravel()
