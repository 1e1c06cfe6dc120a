"""What is known of a person: of each value the latest that any fact says."""

from collections.abc import Iterable

import msgspec

from healthtrends.model.facts import Order, PersonFact, VisitFact
from healthtrends.model.record import Gender
from healthtrends.visits.message_ids import without_reused_ids
from healthtrends.visits.ordering import effective_orders


class Person(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One person, under all ids that are merged into one."""

    birth_date: str = ""
    """YYYY, YYYY-MM or YYYY-MM-DD; empty: not known."""
    gender: Gender = "U"
    death: str = ""
    """Day of death, `yes` without a day, or empty."""


class PersonValues(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one fact says about a person; None: nothing."""

    is_own: bool
    """Said of the id that counts; else of one that was merged into it."""
    order: Order
    is_placed: bool
    """The place of its message decides, not its time."""
    birth_date: str | None = None
    gender: Gender | None = None
    death: str | None = None
    control: str | None = None
    content: str | None = None

    @property
    def received(self) -> int:
        """Broker time of the message, ms."""
        return self.order[2]

    @property
    def partition(self) -> int:
        """Partition of the message."""
        return self.order[3]

    @property
    def offset(self) -> int:
        """Offset of the message."""
        return self.order[4]


def values_of(fact: PersonFact | VisitFact, patient: str) -> PersonValues | None:
    """What a fact says about its person, whose id `patient` counts; None: nothing."""
    death = fact.death if isinstance(fact, PersonFact) else None
    if fact.birth_date is None and fact.gender is None and death is None:
        return None
    return PersonValues(
        fact.patient == patient,
        fact.order,
        fact.is_placed,
        fact.birth_date,
        fact.gender,
        death,
        fact.control,
        fact.content,
    )


def fold_person(values: Iterable[PersonValues]) -> Person:
    """Take the latest of each value; what is said of the id that counts comes before that of merged ids."""
    birth_date, gender, death = "", "U", ""
    given, _ = without_reused_ids(list(values))
    orders = effective_orders([(each.order, each.is_placed) for each in given])
    keys = [(each.is_own, order) for each, order in zip(given, orders, strict=True)]
    for number in sorted(range(len(given)), key=keys.__getitem__):
        each = given[number]
        birth_date = birth_date if each.birth_date is None else each.birth_date
        gender = gender if each.gender is None else each.gender
        death = death if each.death is None else each.death
    return Person(birth_date, gender, death)  # type: ignore[arg-type]  # of the values themselves
