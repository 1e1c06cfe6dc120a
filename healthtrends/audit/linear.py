"""Linear forms over counts, exact."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from healthtrends.audit.released import Cell


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
        factors = dict(self.factors)
        for cell, factor in other.factors.items():
            factors[cell] = factors.get(cell, Fraction(0)) + times * factor
        kept = {cell: factor for cell, factor in factors.items() if factor}
        return Linear(self.constant + times * other.constant, kept)

    def times(self, number: Fraction) -> "Linear":
        """Multiply by a number."""
        return Linear().plus(self, number)


@dataclass(frozen=True, slots=True)
class Relation:
    """What a reader of the tables knows: the sum of counts lies from `lower` to `upper`."""

    sum: Linear
    """Its constant is 0."""
    lower: float
    upper: float
    words: str
    """Where it comes from."""
