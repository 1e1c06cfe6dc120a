"""Linear forms over counts, exact."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import repeat

from healthtrends.audit.released import Cell

_ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Linear:
    """A constant and a sum of counts, each with a factor other than 0."""

    constant: Fraction = Fraction(0)
    factors: Mapping[Cell, Fraction] = field(default_factory=dict)

    @property
    def is_constant(self) -> bool:
        """Whether no count that is not known is in it."""
        return not self.factors

    def plus(self, other: "Linear", times: Fraction = Fraction(1)) -> "Linear":
        """Add the other, multiplied by a number."""
        return add([self, other], [Fraction(1), times])

    def times(self, number: Fraction) -> "Linear":
        """Multiply by a number."""
        return Linear().plus(self, number)


def add(forms: Iterable[Linear], times: Iterable[Fraction] = repeat(_ONE)) -> Linear:
    """Add forms, each multiplied by a number; of thousands at once."""
    constant, factors = Fraction(0), dict[Cell, Fraction]()
    for form, number in zip(forms, times, strict=False):
        is_one = number == 1
        if form.constant:
            constant += form.constant if is_one else number * form.constant
        for cell, factor in form.factors.items():
            more = factor if is_one else number * factor
            factors[cell] = factors[cell] + more if cell in factors else more
    return Linear(constant, {cell: factor for cell, factor in factors.items() if factor})


@dataclass(frozen=True, slots=True)
class Relation:
    """What a reader of the tables knows: the sum of counts lies from `lower` to `upper`."""

    sum: Linear
    """Its constant is 0."""
    lower: float
    upper: float
    words: str
    """Where it comes from."""
