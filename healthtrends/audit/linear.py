"""Linear forms over counts, exact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import repeat

from healthtrends.audit.released import Cell, in_words

Exact = Fraction | int
"""A number without rounding; whole ones that are no `Fraction` are quicker."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A constant and a sum of counts, each with a factor other than 0."""

    constant: Exact = 0
    factors: Mapping[Cell, Exact] = field(default_factory=dict)

    @property
    def is_constant(self) -> bool:
        """Whether no count that is not known is in it."""
        return not self.factors

    def plus(self, other: "Linear", times: Exact = 1) -> "Linear":
        """Add the other, multiplied by a number."""
        return add([self, other], [1, times])

    def times(self, number: Exact) -> "Linear":
        """Multiply by a number."""
        return Linear().plus(self, number)


def add(forms: Iterable[Linear], times: Iterable[Exact] = repeat(1)) -> Linear:
    """Add forms, each multiplied by a number; of thousands at once."""
    constant: Exact = 0
    factors: dict[Cell, Exact] = {}
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
    text: str
    """Where it comes from; with `{}` for each of the counts."""
    counts: Sequence[Cell] = ()

    @property
    def words(self) -> str:
        """Where it comes from."""
        return self.text.format(*map(in_words, self.counts)) if self.counts else self.text
