"""What an outsider knows of counts beside those that are shown: sums, and what is at most as great."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from healthtrends.icd.codes import CATEGORY
from healthtrends.release.counts import Counts, Key, key_of
from healthtrends.reports.relations import Adds, AtMost, Settled, Sum, Surplus, Tie, VisitClasses, Within
from healthtrends.reports.report import Report

ENDLESS = float("inf")
_NO_LESS: Final = (1, -1)
"""Factors of a count and of one that is at most as great."""
_FEW: Final = 11
_ROOM: Final = 20
"""People, or repeat visits, of the whole besides those of one part; with more, or fewer in the part, that
both are tied tells nothing of small counts."""
_REST: Final = (1, -1, -1)
"""Of a count, of a part of it, and of the rest."""


class Constraint(NamedTuple):
    """The sum of counts times their factors lies from `lower` to `upper`."""

    places: Sequence[int]
    factors: Sequence[int]
    lower: float
    upper: float


def find_constraints(
    counts: Counts, reports: Iterable[Report], *, with_single_parts: bool = False
) -> list[Constraint]:
    """Make the constraints that the relations of the reports lead to, each once.

    Those of a gender of a single code and of the date tell of small counts seldom, and where they are known
    more is hidden for others' sake: `with_single_parts` is for what an audit found without them.
    """
    ties = dict.fromkeys(
        tie for report in reports if report.schema.relations for tie in report.schema.relations.ties
    )
    found: list[Constraint] = []
    for tie in sorted(ties, key=_order):
        found += _constraints(tie, counts)
    for tie in ties if with_single_parts else ():
        if isinstance(tie, Settled):
            found += _single_parts(tie, counts)
    return found


def _order(tie: Tie) -> int:
    """Sums over the finest first: they make counts that no report lists and others need, then differences."""
    if isinstance(tie, Sum):
        return -len(tie.beside)
    return 1 if isinstance(tie, Surplus) else 2


def _constraints(tie: Tie, counts: Counts) -> Iterator[Constraint]:
    match tie:
        case Sum():
            yield from _sums(tie, counts)
        case Adds():
            known = [counts.places.get(key_of(each, ())) for each in (tie.whole, *tie.parts)]
            places = [place for place in known if place is not None]
            if len(places) == len(known):
                yield Constraint(places, [-1] + [1] * (len(places) - 1), 0, 0)
        case AtMost():
            yield from _at_most(tie, counts)
        case Surplus():
            yield from _surplus(tie, counts)
        case Within():
            yield from _within(tie, counts)
        case VisitClasses():
            yield from _visit_classes(tie, counts)
        case Settled():
            yield from _settled(tie, counts)


def _sums(tie: Sum, counts: Counts) -> Iterator[Constraint]:
    parts: dict[Key, list[int]] = {}
    for place in counts.of(tie.of, tie.over, *tie.beside):
        whole = tuple([each for each in counts.keys[place] if each[0] != tie.over])
        parts.setdefault(whole, []).append(place)
    for whole, places in parts.items():
        if tie.unless_all_zero and not any(counts.values[place] for place in places):
            continue
        total = counts.add(whole, sum(counts.values[place] for place in places), listed=False)
        yield Constraint((total, *places), (-1, *_ones(len(places))), 0, 0)


def _at_most(tie: AtMost, counts: Counts) -> Iterator[Constraint]:
    for (population, _), places in list(counts.shapes.items()):
        for place in places if population == tie.less else ():
            more = counts.places.get(_of(tie.more, counts.keys[place]))
            if more is not None:
                yield Constraint((more, place), _NO_LESS, 0, ENDLESS)


def _surplus(tie: Surplus, counts: Counts) -> Iterator[Constraint]:
    """The difference is a count that no report has, and that two which show would tell."""
    greater = [place for (of, _), places in counts.shapes.items() if of == tie.more for place in places]
    for more in sorted(greater):
        less = counts.places.get(_of(tie.less, counts.keys[more]))
        if less is not None:
            difference = counts.values[more] - counts.values[less]
            rest = counts.add(_of(tie.of, counts.keys[more]), difference, listed=False)
            counts.surplus[rest] = (more, less)
            yield Constraint((more, less, rest), _REST, 0, 0)


def _within(tie: Within, counts: Counts) -> Iterator[Constraint]:
    parts: dict[Key, list[int]] = {}
    for place in counts.of(tie.of, tie.part):
        group = _group_of(tie, dict(counts.keys[place])[tie.part], counts.parents)
        if group is not None:
            parts.setdefault(tuple(sorted((*group, ("of", tie.of)))), []).append(place)
    for whole, places in parts.items():
        most = counts.places.get(_of(tie.added_up_at_most, whole)) if tie.added_up_at_most else None
        if most is not None:
            yield Constraint((most, *places), (1, *_minus_ones(len(places))), 0, ENDLESS)
        group_place = counts.places.get(whole)
        if group_place is None:
            continue
        if tie.is_covered:
            yield Constraint((group_place, *places), (-1, *_ones(len(places))), 0, ENDLESS)
        most = counts.values[group_place]
        for place in places:
            if tie.is_covered or _FEW <= counts.values[place] > most - _ROOM:
                yield Constraint((group_place, place), _NO_LESS, 0, ENDLESS)


def _group_of(
    tie: Within, value: str, parents: Mapping[tuple[str, str], tuple[str, str]]
) -> tuple[tuple[str, str], ...] | None:
    """Dimensions of the group of a part; None: not known."""
    if tie.group is None:
        return ()
    if tie.part == "diagnosis":
        return ((tie.group, value[:CATEGORY]),)
    found = parents.get((tie.part, value))
    return None if found is None else (found,)


def _visit_classes(tie: VisitClasses, counts: Counts) -> Iterator[Constraint]:
    """As many visits as the classes say at least; and a longer window has no fewer of any class or above."""
    windows = [_classes(tie, window, counts) for window in ("", *tie.windows)]
    visits = counts.places.get((("of", "visits"),))
    if visits is not None and windows[0]:
        places = windows[0]
        factors = [1, *(-number for number in range(1, len(places) + 1))]
        # Where nobody is in the open class, and that shows, the sum is exact.
        yield Constraint([visits, *places], factors, 0, ENDLESS if counts.values[places[-1]] else 0)
        yield from _most_visits(places, counts)
    for shorter, longer in pairwise(windows):
        for first in range(min(len(shorter), len(longer))):
            some, more = shorter[first:], longer[first:]
            yield Constraint([*more, *some], [1] * len(more) + [-1] * len(some), 0, ENDLESS)


def _most_visits(classes: Sequence[int], counts: Counts) -> Iterator[Constraint]:
    """Where nobody came more than so often, each visits are at most so many times their patients."""
    most = max((number for number, place in enumerate(classes, 1) if counts.values[place]), default=0)
    for more, less in counts.surplus.values() if most < len(classes) else ():
        yield Constraint((less, more), (most, -1), 0, ENDLESS)


def _classes(tie: VisitClasses, window: str, counts: Counts) -> list[int]:
    where = {"window": window} if window else {}
    keys = [tuple(sorted({**where, tie.dimension: name, "of": "patients"}.items())) for name in tie.classes]
    found = [counts.places.get(key) for key in keys]
    return [place for place in found if place is not None] if None not in found else []


def _settled(tie: Settled, counts: Counts) -> Iterator[Constraint]:
    """Of patients with one record each the parts add up to the whole."""
    parts: dict[str, list[int]] = {}
    for place in counts.of(tie.of, tie.part, tie.value):
        parts.setdefault(dict(counts.keys[place])[tie.value], []).append(place)
    all_of, records = (counts.places.get((("of", name),)) for name in (tie.of, tie.records))
    for value, places in parts.items():
        whole = counts.places.get(tuple(sorted({"of": tie.of, tie.value: value}.items())))
        if whole is None:
            continue
        if value != tie.unsettled:
            yield Constraint((whole, *places), (-1, *_ones(len(places))), 0, ENDLESS)
        if all_of is not None and records is not None:
            more = (records, all_of)
            yield Constraint((whole, *more, *places), (1, 1, -1, *_minus_ones(len(places))), 0, ENDLESS)
            if value == tie.unsettled:
                yield Constraint((whole, *more, *places), (-1, 1, -1, *_ones(len(places))), 0, ENDLESS)


def _single_parts(tie: Settled, counts: Counts) -> Iterator[Constraint]:
    """Who has a value in a part has it in all, or another one elsewhere, and stands among the unsettled."""
    unsettled = counts.places.get(tuple(sorted({"of": tie.of, tie.value: tie.unsettled}.items())))
    for place in counts.of(tie.of, tie.part, tie.value):
        key = tuple([each for each in counts.keys[place] if each[0] != tie.part])
        whole = counts.places.get(key)
        if whole is None or unsettled is None or unsettled == whole:
            continue
        if _FEW <= counts.values[place] > counts.values[whole] + counts.values[unsettled] - _ROOM:
            yield Constraint((whole, unsettled, place), (1, 1, -1), 0, ENDLESS)


def _of(population: str, key: Key) -> Key:
    """Key of the count of another population with the same dimensions."""
    own = ("of", population)
    return tuple([own if pair[0] == "of" else pair for pair in key])


@cache
def _ones(number: int) -> tuple[int, ...]:
    return (1,) * number


@cache
def _minus_ones(number: int) -> tuple[int, ...]:
    return (-1,) * number
