"""What is known of a person: of each value the latest that any fact says."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from healthtrends.model.facts import Order, PersonFact, VisitFact
from healthtrends.model.record import OLDEST_AGE, Gender

_YEAR, _MONTH = len("1988"), len("1988-08")


class Person(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One person, under all ids that are merged into one."""

    birth_date: str = ""
    """YYYY, YYYY-MM or YYYY-MM-DD; empty: not known."""
    gender: Gender = "U"
    death: str = ""
    """Day of death, `yes` without a day, or empty."""


class PersonValues(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one fact says about a person; None: nothing."""

    order: Order
    birth_date: str | None = None
    gender: Gender | None = None
    death: str | None = None


class Age(NamedTuple):
    """Age at a day."""

    years: int | None
    """None: not known, or none that a person can have."""
    is_estimated: bool = False
    """The day of birth is not known exactly."""
    is_impossible: bool = False


def values_of(fact: PersonFact | VisitFact) -> PersonValues | None:
    """What a fact says about its person; None: nothing."""
    death = fact.death if isinstance(fact, PersonFact) else None
    if fact.birth_date is None and fact.gender is None and death is None:
        return None
    return PersonValues(fact.order, fact.birth_date, fact.gender, death)


def fold_person(values: Iterable[PersonValues]) -> Person:
    """Take the latest of each value."""
    birth_date, gender, death = "", "U", ""
    for each in sorted(values, key=lambda value: value.order):
        birth_date = birth_date if each.birth_date is None else each.birth_date
        gender = gender if each.gender is None else each.gender
        death = death if each.death is None else each.death
    return Person(birth_date, gender, death)  # type: ignore[arg-type]  # of the values themselves


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
