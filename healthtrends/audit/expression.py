"""Expressions of published numbers, as `100 * n / n(industry = all)`.

Numbers, the name of the table's count column, `+ - * /` and parentheses. The name alone is the count of the
row; `name(column = value, ...)` is the count of the row whose keys differ from it in these columns. A value
with a comma, a parenthesis or blanks at its ends stands in double quotes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from healthtrends.audit.linear import Linear
from healthtrends.errors import UsageError

Count = Callable[[Mapping[str, str]], Linear]
"""Gives the count of a row whose keys differ by these from the row at hand."""
_ONE = Linear(Fraction(1))
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([^\W\d]\w*)|(.))")
_CHANGE = re.compile(r'\s*([^=,()"]+?)\s*=\s*(?:"([^"]*)"|([^,()"]+?))\s*(,|\))')


@dataclass(frozen=True, slots=True)
class Ratio:
    """A linear form divided by another."""

    above: Linear
    below: Linear


class Expression:
    """One expression, evaluated for a row at a time."""

    def __init__(self, text: str, counts: Mapping[str, Count]) -> None:
        """`counts` are those of the count columns, by name."""
        self._text = text
        self._place = 0
        self._counts = counts

    def value(self) -> Ratio:
        """Evaluate it. Raises UsageError where it is no expression, or not a ratio of sums of counts."""
        found = self._sum()
        if self._peek() != "":
            raise self._wrong(f"unexpected {self._peek()!r}")
        return found

    def _sum(self) -> Ratio:
        found = self._product()
        while (sign := self._peek()) in {"+", "-"} and sign:
            self._next()
            found = self._add(found, self._product(), Fraction(1 if sign == "+" else -1))
        return found

    def _product(self) -> Ratio:
        found = self._factor()
        while (sign := self._peek()) in {"*", "/"} and sign:
            self._next()
            other = self._factor()
            if sign == "/":
                other = Ratio(other.below, other.above)
            found = Ratio(self._multiply(found.above, other.above), self._multiply(found.below, other.below))
        return found

    def _factor(self) -> Ratio:
        word = self._next()
        if word == "(":
            found = self._sum()
            if self._next() != ")":
                raise self._wrong("a parenthesis is not closed")
            return found
        if word == "-":
            found = self._factor()
            return Ratio(found.above.times(Fraction(-1)), found.below)
        if word[:1].isdigit():
            return Ratio(Linear(Fraction(word)), _ONE)
        count = self._counts.get(word)
        if count is None:
            raise self._wrong(f"{word!r} is neither a number nor {' or '.join(self._counts)}")
        return Ratio(count(self._changes()), _ONE)

    def _changes(self) -> dict[str, str]:
        if self._peek() != "(":
            return {}
        self._next()
        changes: dict[str, str] = {}
        while True:
            found = _CHANGE.match(self._text, self._place)
            if found is None:
                raise self._wrong("after ( there has to be column = value")
            self._place = found.end()
            changes[found[1]] = found[2] if found[2] is not None else found[3]
            if found[4] == ")":
                return changes

    def _add(self, left: Ratio, right: Ratio, times: Fraction) -> Ratio:
        if left.below == right.below:
            return Ratio(left.above.plus(right.above, times), left.below)
        above = self._multiply(left.above, right.below)
        return Ratio(
            above.plus(self._multiply(right.above, left.below), times),
            self._multiply(left.below, right.below),
        )

    def _multiply(self, left: Linear, right: Linear) -> Linear:
        if left.is_constant:
            return right.times(left.constant)
        if right.is_constant:
            return left.times(right.constant)
        raise self._wrong("it multiplies two counts that are both hidden, which no linear program can judge")

    def _peek(self) -> str:
        found = _TOKEN.match(self._text, self._place)
        return "" if found is None else (found[1] or found[2] or found[3]).strip()

    def _next(self) -> str:
        found = _TOKEN.match(self._text, self._place)
        if found is None:
            return ""
        self._place = found.end()
        return (found[1] or found[2] or found[3]).strip()

    def _wrong(self, why: str) -> UsageError:
        return UsageError(f"the expression {self._text} cannot be used", why, "see docs/how-to/audit.md")
