"""Relations between windows of days that overlap, and the days in them.

What really holds between a window W of days d, people w(k) who came k times in it, and all its days:

    visits    the visits of its days are 1 w(1) + 2 w(2) + ...; with people in the open class at least that
    longer    a window has no fewer people who came k times or more than any window, or day, inside it
    moved     and no more than the window some days before it and the people of the days that it has besides
    together  people of a window are at most those of its weeks, or of its days; who came once in it came once
              on one of its days

Distinct people do not add up, so there is no equation beside `visits`. Relations of `longer` are asked for
windows that hold the date at hand: the others were judged when they were released.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Final, NamedTuple

from healthtrends.audit.counts import Counts, HiddenCell
from healthtrends.audit.linear import Linear, Relation
from healthtrends.audit.over_time_description import Windows
from healthtrends.audit.released import UNBOUNDED, Bounds, Cell

REACH: Final = 28
"""Days before and after a date of which releases are taken in: as long as the longest window."""
_DAY: Final = dt.timedelta(days=1)
_WEEK: Final = 7

Factors = Mapping[Cell, int]


class Rest(NamedTuple):
    """How many visits a window has more, or fewer, than the released ones of its days."""

    end: dt.date
    window: str
    bounds: Bounds

    def is_small(self, hidden_below: int) -> bool:
        """Whether it is told more closely than that it is small."""
        lower, upper = self.bounds.lower, self.bounds.upper
        return lower >= 1 and upper < hidden_below and upper - lower + 2 < hidden_below


class WindowRelations:
    """Relations between the windows of some released dates."""

    def __init__(self, windows: Windows, date: dt.date, dates: Collection[dt.date], counts: Counts) -> None:
        """`date` is the one that is judged; releases of `REACH` days before it are all there is."""
        self._about = windows
        self._date = date
        self._dates = dates
        self._counts = counts
        self._are_closed = True
        self._shorter: Sequence[tuple[str, int]] = [("", 1), *windows.days.items()]
        self.rests: list[Rest] = []
        """Of windows whose days are released: records that came late, or days that are not released."""

    def relations(self, *, with_visits: bool = True, are_closed: bool = True) -> Iterator[Relation]:
        """All that numbers do not contradict: they do where records came between two releases.

        Where they contradict each other only together, the visits may be left out, or that nobody came on
        days that are not released (`are_closed`).
        """
        self._are_closed = are_closed
        open_days = {day for end, window in self._all() for day in self._note_rest(window, end)}
        for end, window in self._all():
            for relation in (
                *(self._visits(window, end, open_days) if with_visits else ()),
                *self._moved(window, end),
                *self._together(window, end),
                *self._longer(window, end),
            ):
                if self._can_hold(relation):
                    yield relation

    def _all(self) -> Iterator[tuple[dt.date, str]]:
        for end, window in product(self._dates, self._about.days):
            if self._classes(window, end):
                yield end, window

    # Counts ------------------------------------------------------------------------------------

    def _cell(self, of: str, end: dt.date, **more: str) -> Cell:
        return tuple(sorted({"of": of, "date": str(end), **more}.items()))

    def _classes(self, window: str, end: dt.date) -> list[Cell]:
        """Classes of a window, or of a date alone; none: it is not released."""
        about, key = self._about, {self._about.window: window} if window else {}
        cells = [self._cell(about.people, end, **key, **{about.class_: name}) for name in about.classes]
        return cells if all(cell in self._counts.bounds for cell in cells) else []

    def _visits_of(self, day: dt.date) -> Cell:
        return self._cell(self._about.visits, day)

    def _people_of(self, days: Iterable[dt.date]) -> list[Cell] | None:
        """People of the days; nobody came on one that is not released, or None: that is not known."""
        named = list(days)
        if not self._are_closed and any(day not in self._dates for day in named):
            return None
        return [self._cell(self._about.people, day) for day in named if day in self._dates]

    def _days(self, end: dt.date, length: int) -> list[dt.date]:
        """Days of a window, the last first; none: it begins before what is looked at."""
        days = [end - back * _DAY for back in range(length)]
        return days if days[-1] >= self._date - REACH * _DAY else []

    # Relations ---------------------------------------------------------------------------------

    def _note_rest(self, window: str, end: dt.date) -> list[dt.date]:
        """Note the visits of a window that are not of its released days; the days that may have them."""
        days, classes = self._days(end, self._about.days[window]), self._classes(window, end)
        released = [self._visits_of(day) for day in days if day in self._dates]
        factors = {**{cell: number for number, cell in enumerate(classes, 1)}, **dict.fromkeys(released, -1)}
        rest = self._range(factors)
        if not days or rest.lower <= 0 <= rest.upper or (rest.upper < 0 and not self._is_closed(classes)):
            return []
        if self._is_closed(classes):
            ends = (rest.lower, rest.upper) if rest.lower > 0 else (-rest.upper, -rest.lower)
            self.rests.append(Rest(end, window, Bounds(*ends)))
        return [day for day in days if day not in self._dates] if rest.lower > 0 else []

    def _visits(self, window: str, end: dt.date, open_days: Collection[dt.date]) -> Iterator[Relation]:
        days, classes = self._days(end, self._about.days[window]), self._classes(window, end)
        if not days:
            return
        cells = [self._visits_of(day) for day in days if day in self._dates]
        for day in (day for day in days if day in open_days or not (self._are_closed or day in self._dates)):
            cells.append(self._visits_of(day))
            hidden = HiddenCell("a date that is not released", {"date": str(day)}, cells[-1])
            self._counts.add_hidden(hidden, Bounds(0))
        factors = {**dict.fromkeys(cells, 1), **{cell: -number for number, cell in enumerate(classes, 1)}}
        upper = 0 if self._is_closed(classes) else UNBOUNDED
        yield self._relation(factors, upper, f"visits of the {window} to {end}: those of its days")

    def _moved(self, window: str, end: dt.date) -> Iterator[Relation]:
        length, classes = self._about.days[window], self._classes(window, end)
        before = (end - back * _DAY for back in range(1, length))
        earlier = next((day for day in before if day in self._dates and self._classes(window, day)), None)
        if earlier is None:
            return
        moved = (end - earlier).days
        others = self._classes(window, earlier)
        new = self._people_of(end - back * _DAY for back in range(moved))
        old = self._people_of(self._days(earlier, length)[length - moved :])
        words = f"the {window} to {end} and to {earlier}: they differ by the people of some days"
        for first in range(len(classes)):
            if new is not None:
                yield self._at_most(classes[first:], [*others[first:], *new], words)
            if old is not None and self._days(earlier, length):
                yield self._at_most(others[first:], [*classes[first:], *old], words)

    def _together(self, window: str, end: dt.date) -> Iterator[Relation]:
        length, classes = self._about.days[window], self._classes(window, end)
        people = self._people_of(self._days(end, length))
        days = [day for day in self._days(end, length) if day in self._dates]
        words = f"the {window} to {end}: at most all its days together"
        if days and people is not None:
            yield self._at_most(classes, people, words)
            once = [cells[0] for day in days if (cells := self._classes("", day))]
            if len(once) == len(days):
                yield self._at_most(classes[:1], once, words)
        weeks = [
            self._classes(name, end - back * _DAY)
            for name, days_of in self._about.days.items()
            if days_of == _WEEK < length
            for back in range(0, length, _WEEK)
        ]
        if weeks and all(weeks):
            yield self._at_most(classes, [cell for week in weeks for cell in week], words)

    def _longer(self, window: str, end: dt.date) -> Iterator[Relation]:
        """Of a window that holds the date; that of the same end is in the date's own description."""
        length, classes = self._about.days[window], self._classes(window, end)
        if not self._date <= end < self._date + length * _DAY:
            return
        for name, days in self._shorter:
            ends = (end - back * _DAY for back in range(1, length - days + 1) if days < length)
            for inner in (day for day in ends if day in self._dates):
                words = f"the {window} to {end}: no fewer than the {name or 'day'} to {inner}"
                some = self._classes(name, inner)
                for first in range(len(some)):
                    yield self._at_most(some[first:], classes[first:], words)

    # Forms -------------------------------------------------------------------------------------

    def _is_closed(self, classes: Sequence[Cell]) -> bool:
        """Whether nobody is in the open class, so that the classes tell all visits."""
        return not self._counts.bounds_of(classes[-1]).upper

    def _at_most(self, less: Iterable[Cell], more: Iterable[Cell], words: str) -> Relation:
        factors = dict.fromkeys(more, 1)
        for cell in less:
            factors[cell] = factors.get(cell, 0) - 1
        return self._relation(factors, UNBOUNDED, words)

    def _relation(self, factors: Factors, upper: float, words: str) -> Relation:
        """The sum of counts times factors lies from 0 to `upper`; what is known is put in."""
        known, unknown = 0, {}
        for cell, factor in factors.items():
            bounds = self._counts.bounds_of(cell)
            if bounds.exact:
                known += factor * int(bounds.lower)
            elif factor:
                unknown[cell] = Fraction(factor)
        return Relation(Linear(factors=unknown), float(-known), float(upper - known), words)

    def _range(self, factors: Mapping[Cell, int | Fraction]) -> Bounds:
        """Least and greatest value of a sum, by the range of each count alone."""
        lower = upper = 0.0
        for cell, factor in factors.items():
            bounds = self._counts.bounds_of(cell)
            ends = (float(factor) * bounds.lower, float(factor) * bounds.upper) if factor else (0.0, 0.0)
            lower, upper = lower + min(ends), upper + max(ends)
        return Bounds(lower, upper)

    def _can_hold(self, relation: Relation) -> bool:
        found = self._range(relation.sum.factors)
        return found.lower <= relation.upper and found.upper >= relation.lower
