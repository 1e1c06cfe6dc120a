"""Age at a day, from a date of birth of which perhaps only the year or the month is known."""

from typing import NamedTuple

from healthtrends.model.record import OLDEST_AGE

_YEAR, _MONTH = len("1988"), len("1988-08")


class Age(NamedTuple):
    """Age at a day."""

    years: int | None
    """None: not known, or none that a person can have."""
    is_estimated: bool = False
    """The day of birth is not known exactly."""
    is_impossible: bool = False


def age_on(birth_date: str, day: str) -> Age:
    """Whole years at a day (YYYY-MM-DD), 0 to 130.

    Of a year alone 1 July counts, of a month the 15th. Who was born on 29 February has the birthday on
    1 March in other years.
    """
    if not birth_date:
        return Age(None)
    is_estimated = len(birth_date) < len(day)
    if len(birth_date) == _YEAR:
        birth_date = f"{birth_date}-07-01"
    elif len(birth_date) == _MONTH:
        birth_date = f"{birth_date}-15"
    years = int(day[:_YEAR]) - int(birth_date[:_YEAR]) - (day[_YEAR:] < birth_date[_YEAR:])
    if is_estimated and years == -1 and day[:_YEAR] == birth_date[:_YEAR]:
        years = 0  # born in the year of the visit, before it
    if not 0 <= years <= OLDEST_AGE:
        return Age(None, is_estimated, is_impossible=True)
    return Age(years, is_estimated)
