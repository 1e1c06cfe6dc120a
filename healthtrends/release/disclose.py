"""From the exact reports of a date to those that may leave the house."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from healthtrends.release.ages import NOBODY_OLD, CappedAges
from healthtrends.release.constraints import find_constraints
from healthtrends.release.counts import Counts, Key, key_of, read_counts, relations_of, where_of
from healthtrends.release.form import Earlier, Former, NothingEarlier, ReleasedReport
from healthtrends.release.revealing_ages import revealing_rows
from healthtrends.release.rule import CMS, Label, Rule
from healthtrends.release.shown_counts import ShownCounts
from healthtrends.release.suppress import suppress
from healthtrends.release.window_visits import find_window_constraints
from healthtrends.reports.relations import Counted, Surplus
from healthtrends.reports.report import Report


@dataclass(frozen=True, slots=True)
class Losses:
    """How much a release hides."""

    counts: int
    """Counts that are not zero."""
    primary: int
    complementary: int
    whole_row: int
    sex_split: int
    patients: float | None
    """Share of the patients of codes whose count is hidden, each counted once a code; for the house alone:
    beside the counts that show it is a sum of those that do not."""

    @property
    def hidden(self) -> int:
        """Counts that are hidden."""
        return self.primary + self.complementary + self.whole_row + self.sex_split


@dataclass(frozen=True, slots=True)
class Release:
    """All released reports of a date."""

    rule: Rule
    reports: Mapping[str, ReleasedReport]
    """By name."""
    losses: Losses


class Exposed(NamedTuple):
    """A hidden count that an audit of a release found exposed."""

    report: str
    column: str
    keys: Mapping[str, str]
    """By key column."""


def release(
    exact: Mapping[str, Report],
    rule: Rule = CMS,
    earlier: Earlier | None = None,
    exposed: Sequence[Collection[Exposed]] = (),
    ages: CappedAges = NOBODY_OLD,
    *,
    with_windows: bool = True,
) -> Release:
    """Hide what has to be hidden of the reports of a date; `earlier` are releases of days before.

    `ages` are those of rows with very old people. `exposed` is what an audit found of the release without
    it, by attempt. Without windows, and under a policy that rounds, nothing is shown of windows of several
    days. Raises ValueError for a report without relations.
    """
    counts, earlier = read_counts(exact), earlier or NothingEarlier()
    constraints = find_constraints(counts, exact.values(), with_single_parts=bool(exposed))
    with_windows = with_windows and rule.rounding is None
    if with_windows:
        constraints += find_window_constraints(counts, exact.values(), earlier)
    places = [place for found in exposed for place in _places(found, exact, counts)]
    classes = replace(
        counts,
        values=[rule.stands_for(value) for value in counts.values],
        listed=[
            is_listed and (with_windows or not _is_of_window(key))
            for key, is_listed in zip(counts.keys, counts.listed, strict=True)
        ],
    )
    labels = suppress(classes, constraints, rule, places)
    if not with_windows:
        labels = _without_windows(counts, labels)
    shown = ShownCounts(counts, labels, rule, exact.values())
    hidden_ages = revealing_rows(counts, labels, rule, exact.values(), ages)
    former = Former(shown, labels, rule, earlier, ages, hidden_ages)
    reports = {name: former.form(report, exact) for name, report in exact.items()}
    return Release(rule, reports, _losses(counts, labels))


def _without_windows(counts: Counts, labels: Sequence[Label]) -> list[Label]:
    """Zeros are hidden, too: that nobody is in a class says that the others tell all visits."""
    return [
        Label.WHOLE_ROW if _is_of_window(key) else label
        for key, label in zip(counts.keys, labels, strict=True)
    ]


def _is_of_window(key: Key) -> bool:
    return any(name == "window" for name, _ in key)


def _places(found: Collection[Exposed], exact: Mapping[str, Report], counts: Counts) -> list[int]:
    """Places of what one audit found, each once: several reports may show a count."""
    places = dict.fromkeys(_place(each, exact, counts) for each in found)
    return [place for place in places if place is not None]


def _place(exposed: Exposed, exact: Mapping[str, Report], counts: Counts) -> int | None:
    if exposed.report not in exact:
        return None
    relations = relations_of(exact[exposed.report])
    meaning = relations.meanings_of(next(iter(exposed.keys.values()))).get(exposed.column)
    if exposed.column in {tie.of for tie in relations.ties if isinstance(tie, Surplus)}:
        meaning = Counted(exposed.column)
    if not isinstance(meaning, Counted):
        return None
    return counts.places.get(key_of(meaning, where_of(relations, exposed.keys)))


def _losses(counts: Counts, labels: list[Label]) -> Losses:
    number = {
        label: sum(each == label and bool(value) for each, value in zip(labels, counts.values, strict=True))
        for label in Label
    }
    by_code = counts.of("patients", "diagnosis")
    total = sum(counts.values[place] for place in by_code)
    hidden = sum(counts.values[place] for place in by_code if labels[place])
    return Losses(
        counts=sum(number.values()) - number[Label.UNLISTED] - number[Label.IMPLIED],
        primary=number[Label.PRIMARY],
        complementary=number[Label.COMPLEMENTARY],
        whole_row=number[Label.WHOLE_ROW],
        sex_split=number[Label.SEX_SPLIT],
        patients=round(hidden / total, 4) if total else None,
    )
