"""Counts as a release shows them: exact or rounded, totals of rounded counts made of these."""

from collections.abc import Iterable, Sequence

from healthtrends.release.counts import Counts, Key
from healthtrends.release.rule import Label, Rule
from healthtrends.reports.relations import Sum
from healthtrends.reports.report import Report


class ShownCounts:
    """Counts of a date by name."""

    def __init__(
        self, counts: Counts, labels: Sequence[Label], rule: Rule, reports: Iterable[Report]
    ) -> None:
        self.counts = counts
        self._shown = [
            rule.shown(value) if label == Label.SHOWN else None
            for value, label in zip(counts.values, labels, strict=True)
        ]
        ties = (tie for each in reports if each.schema.relations for tie in each.schema.relations.ties)
        for tie in dict.fromkeys(ties) if rule.recomputes else ():
            if isinstance(tie, Sum) and tie.recomputed:
                self._recompute(tie)

    def of(self, key: Key) -> int | None:
        """A listed count as released; None: hidden."""
        return self._shown[self.counts.places[key]]

    def now(self, key: Key) -> int | None:
        """A count of the date as released, 0 for one that is not there; None: hidden."""
        return self.of(key) if key in self.counts.places else 0

    def _recompute(self, tie: Sum) -> None:
        """Each total whose parts all show is their sum, which tells no more than they do."""
        parts: dict[Key, list[int | None]] = {}
        for place in self.counts.of(tie.of, tie.over, *tie.beside):
            whole = tuple(each for each in self.counts.keys[place] if each[0] != tie.over)
            parts.setdefault(whole, []).append(self._shown[place])
        for whole, found in parts.items():
            place = self.counts.places[whole]
            known = [count for count in found if count is not None]
            if self._shown[place] is not None and len(known) == len(found):
                self._shown[place] = sum(known)
