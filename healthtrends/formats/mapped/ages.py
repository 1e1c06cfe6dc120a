"""Ages in other units than years."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from healthtrends.config.mapping import AgeUnit
from healthtrends.model.rejection import Reason

_YEARS: Final[dict[AgeUnit, Fraction]] = {
    "years": Fraction(1),
    "months": Fraction(1, 12),
    "weeks": Fraction(7 * 4, 1461),
    "days": Fraction(4, 1461),  # 365.25 days a year
}


def age_reading(decimal: str) -> Callable[[str, AgeUnit], int | Reason]:
    """Return the function from a number and its unit to completed years.

    `decimal` is the sign before a fraction in texts; a point always is, as numbers in JSON have it.
    """
    number = re.compile(rf"-?[0-9]{{1,9}}(?:[.{decimal}][0-9]{{1,9}})?", re.ASCII)

    def read(given: str, unit: AgeUnit) -> int | Reason:
        if not number.fullmatch(given):
            return Reason.WRONG_TYPE
        return int(Fraction(given.replace(decimal, ".")) * _YEARS[unit] // 1)

    return read
