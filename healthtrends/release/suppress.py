"""Which counts are hidden: small ones, and as few others as keep an outsider from computing them.

1. Small counts are hidden; with the count of a row all of the row.
2. In each constraint that alone tells a small count too closely, the least other count is hidden too.
3. Where all constraints together tell one, the least count of those that pin it is hidden too. Programs of
   whole blocks of counts show first that most are not told.
4. Where a sum over many hidden counts leaves no room, and tells one, the least count that it shows is hidden,
   too, with what would tell that.
5. What proved unnecessary is shown again, the greatest first.
6. What an audit finds exposed all the same is looked at with everything that hangs together.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from healthtrends.release.constraints import Constraint
from healthtrends.release.counts import Counts
from healthtrends.release.hidden_together import HiddenTogether
from healthtrends.release.long_sums import LongSums
from healthtrends.release.outsider import Outsider
from healthtrends.release.rule import Label, Rule

_TRIES: Final = 1_000
"""Hidden counts that are shown again for a trial, at most."""
_BLOCK: Final = 1_000
_CHECKS: Final = 100
"""Small counts that a trial looks at, at most."""


def suppress(
    counts: Counts, constraints: Sequence[Constraint], rule: Rule, exposed: Iterable[int] = ()
) -> list[Label]:
    """Give the label of each count, by its place; `exposed` are those that an audit of this result found.

    One that it found again although more was hidden is among them again.
    """
    return _Suppressor(counts, constraints, rule).labels(exposed)


class _Suppressor:
    def __init__(self, counts: Counts, constraints: Sequence[Constraint], rule: Rule) -> None:
        self._counts = counts
        self._values = counts.values
        self._rule = rule
        self._together = HiddenTogether(counts, rule)
        self._outsider = Outsider(counts.values, constraints, rule, self._together.first_labels())
        self._labels = self._outsider.labels
        self._lessers = {less for _, less in counts.surplus.values()}
        self._lesser = {more: (less, rest) for rest, (more, less) in counts.surplus.items()}
        """By count: the one below it, and their difference."""
        self._is_thorough = False
        self._kept: set[int] = set()
        """Counts that are hidden for long sums, which trials to show one do not look at."""
        self._waiting: dict[int, None] = {}
        """Constraints to look at again."""

    def labels(self, exposed: Iterable[int]) -> list[Label]:
        """Do all steps, the last for counts that the others leave exposed."""
        self._waiting = dict.fromkeys(range(len(self._outsider.constraints)))
        self._look_at_constraints()
        if self._rule.rounding is not None:
            # All hangs together: programs would take too long, and the audit finds the few that are told.
            for place, times in Counter(exposed).items():
                self._loosen(place, 2 ** (times - 1))
            return self._labels
        self._outsider.look_at_blocks()
        self._look_at_all_together(range(len(self._values)))
        self._look_at_long_sums()
        self._show_again()
        for place, times in Counter(exposed).items():
            if not self._is_thorough:
                self._is_thorough = True
                self._outsider.look_thoroughly()
            self._look_at_all_together([place])
            if times > 1:  # whole numbers tell more than programs with fractions see
                self._loosen(place, times - 1)
        return self._labels

    def _loosen(self, place: int, number: int) -> None:
        """Tell less beside a count that an audit found: of small ones that they are, and some counts more."""
        constraints = [self._outsider.constraints[each] for each in self._outsider.of_place(place)]
        near = [other for constraint in constraints for other in constraint.places]
        for other in near:
            if self._labels[other] == Label.PRIMARY:
                self._set(other, Label.COMPLEMENTARY)
        for _ in range(number):
            self._hide_more(near, place in self._counts.surplus)
        self._look_at_constraints()

    def _hide(self, place: int) -> None:
        """Hide a count, and what goes with it."""
        for other, label in self._together.labels_with(place, self._labels):
            self._set(other, label)

    def _set(self, place: int, label: Label) -> None:
        self._outsider.set_label(place, label)
        self._waiting.update(dict.fromkeys(self._outsider.of_place(place)))

    def _look_at_constraints(self) -> None:
        while self._waiting:
            waiting, self._waiting = list(self._waiting), {}
            for number in waiting:
                constraint = self._outsider.constraints[number]
                while self._outsider.narrows(number):
                    tells = any(place in self._counts.surplus for place in constraint.places)
                    if not self._hide_more(constraint.places, tells):
                        break

    def _look_at_all_together(self, places: Iterable[int]) -> None:
        """A range only grows when more is hidden, so each count is looked at until it is not told."""
        for place in places:
            while self._outsider.is_sensitive(place):
                pins = self._outsider.find_pins(place)
                if pins is None:
                    break
                near = [other for number in pins for other in self._outsider.constraints[number].places]
                if not self._hide_more(near, place in self._counts.surplus):
                    break  # the audit judges it
                self._look_at_constraints()

    def _look_at_long_sums(self) -> None:
        """Make room in sums over many counts that tell one."""
        long_sums = LongSums(self._outsider)
        for number in list(long_sums.numbers()):
            sides = long_sums.tight_sides(number)
            if sides and self._outsider.is_told_by(number, itertools.chain(*sides.values())):
                for side in sides:
                    self._make_room(long_sums, number, side)

    def _make_room(self, long_sums: LongSums, number: int, side: int) -> None:
        """Hide the least count that a sum shows, and what tells it, until the sum can be less, or more."""
        constraint = self._outsider.constraints[number]
        factors = dict(zip(constraint.places, constraint.factors, strict=True))
        while side in long_sums.tight_sides(number):
            chosen = self._hide_for_long_sum(constraint.places)
            if chosen is None:
                break  # the audit judges it
            while pins := long_sums.find_pins(chosen, -side * factors[chosen]):
                near = [other for each in pins for other in self._outsider.constraints[each].places]
                if self._hide_for_long_sum(near) is None:
                    break

    def _hide_for_long_sum(self, places: Iterable[int]) -> int | None:
        """Hide the least of some counts for good; None: none is shown."""
        chosen = self._least(places)
        if chosen is not None:
            self._hide(chosen)
            self._kept.add(chosen)
            self._look_at_constraints()
        return chosen

    def _hide_more(self, places: Iterable[int], tells_a_difference: bool) -> bool:
        """Tell less of these counts: of one that it is small, or hide one more; False: nothing is left.

        Where a difference is told, its lesser counts stay as long as they can: others need them more.
        """
        places = list(places)
        small = [place for place in places if self._labels[place] == Label.PRIMARY]
        if small:
            # By name, not by value: else who knows this rule knows which of two is the greater.
            last = max(small, key=lambda place: self._counts.keys[place])
            for place in small if self._is_thorough else [last]:
                self._set(place, Label.COMPLEMENTARY)
            return True
        greater = [place for place in places if place not in self._lessers] if tells_a_difference else []
        chosen = self._least(greater)
        if chosen is None:
            chosen = self._least(places)
        if chosen is not None:
            self._hide(chosen)
        return chosen is not None

    def _least(self, places: Iterable[int]) -> int | None:
        """Of the counts that are shown and not zero the one that costs least, ties by name."""
        shown = [place for place in places if self._labels[place] == Label.SHOWN and self._values[place]]
        return min(shown, key=lambda place: (self._cost(place), self._counts.keys[place]), default=None)

    def _cost(self, place: int) -> int:
        """People times counts that are hidden with this one."""
        lost = [other for other in self._together.of(place) if self._labels[other] == Label.SHOWN]
        return self._values[place] * (1 + len(lost))

    def _show_again(self) -> None:
        hidden = [
            place
            for place, label in enumerate(self._labels)
            if label == Label.COMPLEMENTARY
            and place not in self._kept
            and not self._rule.is_small(self._values[place])
            and not self._tells_a_difference(place)
        ]
        for place in sorted(hidden, key=lambda place: -self._values[place])[:_TRIES]:
            self._try_to_show(place)

    def _tells_a_difference(self, place: int) -> bool:
        """Whether a count, beside one that is shown, would tell a small difference."""
        found = self._lesser.get(place)
        return (
            found is not None
            and self._labels[found[0]] == Label.SHOWN
            and self._outsider.is_sensitive(found[1])
        )

    def _try_to_show(self, place: int) -> None:
        """Show a count again when no small one is told then."""
        row = [other for other in self._together.row_of(place) if self._labels[other] == Label.WHOLE_ROW]
        freed = [place, *row]
        if any(self._rule.is_small(self._values[other]) for other in {*freed, *self._together.of(place)}):
            return
        block = itertools.islice(self._outsider.near(place), _BLOCK)
        sensitive = filter(self._outsider.is_sensitive, block)
        near = list(itertools.islice(sensitive, _CHECKS + 1))
        if len(near) > _CHECKS:
            return
        before = [self._labels[other] for other in freed]
        for other in freed:
            self._outsider.set_label(other, Label.SHOWN)
        self._outsider.forget(near)
        numbers = {number for other in freed for number in self._outsider.of_place(other)}
        is_narrow = any(map(self._outsider.narrows, numbers)) or any(
            self._outsider.find_pins(other) is not None for other in near
        )
        if is_narrow:
            for other, label in zip(freed, before, strict=True):
                self._outsider.set_label(other, label)
