"""From the exact reports of a date to those that may leave the house."""

from collections.abc import Mapping
from dataclasses import dataclass

from healthtrends.release.constraints import find_constraints
from healthtrends.release.counts import Counts, read_counts
from healthtrends.release.form import Earlier, Former, NothingEarlier, ReleasedReport
from healthtrends.release.rule import CMS, Label, Rule
from healthtrends.release.suppress import suppress
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


def release(exact: Mapping[str, Report], rule: Rule = CMS, earlier: Earlier | None = None) -> Release:
    """Hide what has to be hidden of the reports of a date; `earlier` are releases of days before.

    Raises ValueError for a report without relations.
    """
    counts = read_counts(exact)
    constraints = find_constraints(counts, exact.values())
    labels = suppress(counts, constraints, rule)
    former = Former(counts, labels, rule, earlier or NothingEarlier())
    reports = {name: former.form(report, exact) for name, report in exact.items()}
    return Release(rule, reports, _losses(counts, labels))


def _losses(counts: Counts, labels: list[Label]) -> Losses:
    number = {
        label: sum(each == label and bool(value) for each, value in zip(labels, counts.values, strict=True))
        for label in Label
    }
    by_code = counts.of("patients", "diagnosis")
    total = sum(counts.values[place] for place in by_code)
    hidden = sum(counts.values[place] for place in by_code if labels[place])
    return Losses(
        counts=sum(number.values()) - number[Label.UNLISTED],
        primary=number[Label.PRIMARY],
        complementary=number[Label.COMPLEMENTARY],
        whole_row=number[Label.WHOLE_ROW],
        sex_split=number[Label.SEX_SPLIT],
        patients=round(hidden / total, 4) if total else None,
    )
