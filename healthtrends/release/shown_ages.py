"""Means and medians of ages of codes as a release would show them, and what they say of the codes' people."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final

from healthtrends.release.ages import CappedAges
from healthtrends.release.counts import Counts, Key, key_of, relations_of, where_of
from healthtrends.release.rule import Label, Rule
from healthtrends.reports.relations import Counted, Statistic, Where
from healthtrends.reports.report import Report

Ages = Mapping[str, float | None]
"""`mean` and `median` of a code; None: the median is hidden beside the mean."""
Place = tuple[str, str]
"""Age band and gender; the empty text: all genders."""
_HALF: Final = 0.5
_DIGITS: Final = 0.005
"""Half of the last digit of a mean."""
_OLD: Final = 90
"""Ages from this on count as this; the last band begins with it."""
_MOST: Final = 100
"""Codes of the most people that are looked at, of the youngest and of the oldest, where there are many."""


def shown_ages(
    counts: Counts, labels: Sequence[Label], rule: Rule, reports: Iterable[Report], ages: CappedAges
) -> dict[Where, Ages]:
    """Give the codes that would show a mean or a median, and the genders where these are rounded.

    Exact ones of genders do not show beside a hidden band of the gender at all. Of very many codes those of
    the most people are given, and of the youngest and the oldest: so many codes have ten thousand people:
    the others leave all bands free.
    """
    rows = [{"diagnosis"}, *([{"gender"}] if rule.rounding else [])]
    found: dict[Where, dict[str, float | None]] = {}
    for report in reports:
        relations = relations_of(report)
        kinds = {name: kind.age for name, kind in relations.meanings.items() if isinstance(kind, Statistic)}
        for fields in report.records() if set(relations.dimensions) in rows else ():
            where = where_of(relations, fields)
            if labels[counts.places[patients_of(where)]] == Label.SHOWN:
                for name, kind in kinds.items():
                    value = ages.statistic(kind, where, fields.get(name)) if kind else None
                    found.setdefault(where, {})[kind] = None if value is None else float(value)
    codes = {where: each for where, each in found.items() if any(age is not None for age in each.values())}
    if len(codes) <= 3 * _MOST:
        return dict(codes)
    by_people = sorted(codes, key=lambda where: (counts.values[counts.places[patients_of(where)]], where))
    by_age = sorted(codes, key=lambda where: (codes[where].get("mean") or 0, where))
    chosen = {*by_people[-_MOST:], *by_age[-_MOST:], *by_age[:_MOST]}
    return {where: each for where, each in codes.items() if where in chosen}


def patients_of(where: Where) -> Key:
    """Name of the count of the patients of a code, a gender or the date."""
    return key_of(Counted("patients"), where)


def forms_of(
    kind: str, value: float | None, people: Mapping[Place, Hashable], rule: Rule
) -> list[dict[Hashable, float]]:
    """Sums of the people of a code by band and gender that are at most 0.

    They are as young, and as old, as the mean allows; of the median at most half are younger, and older.
    """
    if value is None and kind == "mean":
        return []
    half = _HALF if rule.rounding else 0.0 if kind == "median" else _DIGITS
    low: dict[Hashable, float] = {}
    high: dict[Hashable, float] = {}
    for (band, _), name in people.items():
        first, _, last = band.rstrip("+").partition("-")
        least, greatest = int(first), int(last) if last else _OLD
        if value is None:  # of the two in the middle one is old, and the other is not: half of them are
            low[name] = _HALF if least >= _OLD else -_HALF
            high[name] = -low[name]
        elif kind == "median":
            low[name] = _HALF if least > value + half else -_HALF
            high[name] = _HALF if greatest < value - half else -_HALF
        else:
            low[name], high[name] = least - value - half, value - half - greatest
    return [low, high]
