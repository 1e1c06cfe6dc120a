"""What an outsider knows of a window of days from other releases: the visits of all its days together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from healthtrends.release.constraints import ENDLESS, Constraint
from healthtrends.release.counts import Counts, key_of
from healthtrends.release.form import Earlier
from healthtrends.reports.relations import Counted, VisitClasses
from healthtrends.reports.report import Report

_DAYS: Final[Mapping[str, int]] = {"7 days": 7, "28 days": 28}


def find_window_constraints(
    counts: Counts, reports: Iterable[Report], earlier: Earlier
) -> Iterator[Constraint]:
    """Constraints of the windows of a date by the visits of their days.

    Where nobody is in the open class, the classes tell all visits, and these may be released of all days
    sooner or later: so they are taken as known. Else they are the greatest sum that the classes can have.
    """
    all_ties = [tie for each in reports if each.schema.relations for tie in each.schema.relations.ties]
    for tie in [tie for tie in all_ties if isinstance(tie, VisitClasses)]:
        for window in tie.windows:
            classes = [(("window", window), (tie.dimension, name)) for name in tie.classes]
            keys = [key_of(Counted("patients"), where) for where in classes]
            places = [counts.places[key] for key in keys if key in counts.places]
            if len(places) == len(keys):
                yield _constraint(counts, places, _DAYS[window], earlier)


def _constraint(counts: Counts, places: list[int], days: int, earlier: Earlier) -> Constraint:
    factors = list(range(1, len(places) + 1))
    visits_of_classes = sum(
        counts.values[place] * factor for place, factor in zip(places, factors, strict=True)
    )
    if not counts.values[places[-1]]:
        return Constraint(places, factors, visits_of_classes, visits_of_classes)
    key = (("of", "visits"),)
    today = counts.values[counts.places[key]] if key in counts.places else 0
    visits = today + sum(earlier.count(back, key) or 0 for back in range(1, days))
    # Fewer: some of its days are not released, or their records came late.
    return Constraint(places, factors, 0, visits if visits >= visits_of_classes else ENDLESS)
