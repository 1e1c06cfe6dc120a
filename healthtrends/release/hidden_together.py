"""What is hidden with a count: the others of its row, or those that are released all or not at all."""

from collections.abc import Iterator, Sequence

from healthtrends.release.counts import Counts
from healthtrends.release.rule import Label, Rule


class HiddenTogether:
    """Rows and groups of the counts of a date, by place."""

    def __init__(self, counts: Counts, rule: Rule) -> None:
        self._counts = counts
        self._rule = rule
        self._rows: dict[int, list[int]] = {}
        for base, others in counts.rows:
            self._rows.setdefault(base, []).extend(others)
        self._groups: dict[int, list[int]] = {place: places for places in counts.together for place in places}

    def row_of(self, place: int) -> Sequence[int]:
        """Give the other counts of a row, by its own; empty for any other count."""
        return self._rows.get(place, ())

    def of(self, place: int) -> set[int]:
        """All counts that are hidden with one."""
        return {*self._rows.get(place, ()), *self._groups.get(place, ())} - {place}

    def labels_with(self, place: int, labels: Sequence[Label]) -> Iterator[tuple[int, Label]]:
        """Labels of a count that is to be hidden, and of what goes with it; nothing if it is hidden."""
        if labels[place] != Label.SHOWN:
            return
        if place in self._groups:
            for other in self._groups[place]:
                if self._counts.values[other]:
                    yield other, Label.SEX_SPLIT
            return
        yield place, Label.PRIMARY if self._is_small(place) else Label.COMPLEMENTARY
        for other in self._rows.get(place, ()):
            if other not in self._rows:
                yield other, Label.WHOLE_ROW

    def first_labels(self) -> list[Label]:
        """Labels where small counts are hidden, with what goes with them, and nothing else."""
        labels = [Label.SHOWN if is_listed else Label.UNLISTED for is_listed in self._counts.listed]
        for place in self._counts.surplus:
            if labels[place] == Label.UNLISTED:
                labels[place] = Label.IMPLIED
        small = [
            place for place, label in enumerate(labels) if label == Label.SHOWN and self._is_small(place)
        ]
        for place in sorted(small, key=lambda place: place not in self._rows):
            for other, label in self.labels_with(place, labels):
                labels[other] = label
        return labels

    def _is_small(self, place: int) -> bool:
        return self._rule.hides and self._rule.is_small(self._counts.values[place])
