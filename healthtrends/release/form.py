"""Released reports: what is shown of each, every statistic made anew from it, and why the rest is hidden."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from healthtrends.release.ages import CappedAges
from healthtrends.release.counts import Key, counted_in, key_of, relations_of, where_of
from healthtrends.release.rule import Label, Rule
from healthtrends.release.shown_counts import ShownCounts
from healthtrends.reports.relations import (
    Average,
    Counted,
    Like,
    Meaning,
    Plain,
    Quotient,
    Relations,
    Share,
    Statistic,
    Where,
    Withheld,
)
from healthtrends.reports.report import Report
from healthtrends.reports.rounding import quotient, share
from healthtrends.reports.schema import Column, Row, Value
from healthtrends.reports.suppressed import SUPPRESSED, rounded

FEW: Final = "statistic_of_few"
REPEATS: Final = "repeat_visits"
"""Of a hidden count beside a lesser one that shows. It is told of every one, whatever it is hidden for."""
WORDS: Final = {
    Label.PRIMARY: "primary",
    Label.COMPLEMENTARY: "complementary",
    Label.WHOLE_ROW: "whole_row",
    Label.SEX_SPLIT: "sex_split",
}
Reasons = Mapping[str, str]
"""By column of a row, the rule that hid it."""


class Earlier(Protocol):
    """What was released of days before."""

    def count(self, days_ago: int, key: Key) -> int | None:
        """A count of a day, as released; None: it is hidden, or nothing was released of that day."""
        ...


class NothingEarlier:
    """Nothing was released before."""

    def count(self, days_ago: int, key: Key) -> int | None:
        """See `Earlier.count`."""
        del days_ago, key
        return None


@dataclass(frozen=True, slots=True)
class ReleasedReport:
    """A report as it may leave the house."""

    report: Report
    """With the column `suppressed`."""
    reasons: Sequence[Reasons]
    """Of each row."""


class Former:
    """Makes released reports of a date."""

    def __init__(
        self,
        shown: ShownCounts,
        labels: Sequence[Label],
        rule: Rule,
        earlier: Earlier,
        ages: CappedAges,
        hidden_ages: Collection[Where] = (),
    ) -> None:
        """`hidden_ages` are rows whose mean and median age must not show."""
        self._shown = shown
        self._counts = counts = shown.counts
        self._labels = labels
        self._rule = rule
        self._earlier = earlier
        self._ages = ages
        self._hidden_ages = hidden_ages
        self._lesser = dict(counts.surplus.values())
        self._dimensions = {name for _, names in counts.shapes for name in names}
        self._hides_bands = self._with_hidden_bands()

    def _with_hidden_bands(self) -> set[Where]:
        """Groups of people of which the count of an age band is hidden: all, those of a gender."""
        bands = [*self._counts.of("patients", "age_band"), *self._counts.of("patients", "age_band", "gender")]
        hidden = [self._counts.keys[place] for place in bands if self._labels[place] != Label.SHOWN]
        return {tuple(each for each in key if each[0] not in ("of", "age_band")) for key in hidden}

    def form(self, report: Report, others: Mapping[str, Report]) -> ReleasedReport:
        """Make the released form of a report; `others` are all exact reports of the date."""
        relations = relations_of(report)
        rows = [self._row(report, relations, fields) for fields in self._fields(report, relations, others)]
        if relations.order != "fixed":
            rows.sort(key=lambda row: _place(row, report, relations, is_rounded=self._is_rounded))
        renamed = self._renamed(report, relations)
        columns = (*(renamed.get(each.name, each) for each in report.columns), SUPPRESSED)
        names = {name: column.name for name, column in renamed.items()}
        if names:
            rows = [(row, {names.get(name, name): rule for name, rule in why.items()}) for row, why in rows]
        filled = [(*values, _in_words(reasons)) for values, reasons in rows]
        released = Report(report.schema, filled, report.is_fed, columns)
        return ReleasedReport(released, [reasons for _, reasons in rows])

    def _renamed(self, report: Report, relations: Relations) -> dict[str, Column]:
        """Columns of counts by their names, where the policy gives them others."""
        if not self._rule.renames:
            return {}
        all_meanings = [relations.meanings, *relations.rows.values()]
        counted = {name for each in all_meanings for name, kind in each.items() if isinstance(kind, Counted)}
        return {each.name: rounded(each) for each in report.columns if each.name in counted}

    def _fields(
        self, report: Report, relations: Relations, others: Mapping[str, Report]
    ) -> Iterator[dict[str, Value]]:
        """Rows that are listed."""
        if relations.first is not None:
            yield from self._first(relations, others)
            return
        for fields in report.records():
            if not relations.days_needed or self._is_known(relations, fields):
                yield fields

    def _first(self, relations: Relations, others: Mapping[str, Report]) -> Iterator[dict[str, Value]]:
        """Choose rows anew among those whose base is shown."""
        first = relations.first
        number = 0
        for fields in self._in_order(others[first.report]) if first is not None else ():
            base = key_of(Counted("patients"), where_of(relations, fields))
            if first is not None and number < first.rows and self.shown(base) is not None:
                number += 1
                yield {**fields, first.rank: number}

    def _in_order(self, report: Report) -> Iterator[dict[str, Value]]:
        """Rows by their counts; of equal ones as they stand, or where they are rounded by key."""
        if not self._is_rounded:
            return report.records()
        relations, keys = relations_of(report), report.schema.keys

        def place(fields: Mapping[str, Value]) -> tuple[int, list[str]]:
            count = self.shown(key_of(Counted("patients"), where_of(relations, fields)))
            return -(count or 0), [str(fields[key]) for key in keys]

        return iter(sorted(report.records(), key=place))

    def _is_known(self, relations: Relations, fields: Mapping[str, Value]) -> bool:
        """Whether the counts of all days are released that a row was made from, those of the date too."""
        if self._is_rounded:
            return False  # it was found by exact counts
        where = where_of(relations, fields)
        key = key_of(Counted("patients"), where)
        if not {name for name, _ in where} <= self._dimensions or self._now(key) is None:
            return False
        days = [days_ago for days_ago in relations.days_needed if days_ago]
        return all(self._earlier.count(days_ago, key) is not None for days_ago in days)

    def _row(self, report: Report, relations: Relations, fields: Mapping[str, Value]) -> tuple[Row, Reasons]:
        where = where_of(relations, fields) if relations.base or relations.dimensions else ()
        meanings = relations.meanings_of(str(fields[report.schema.keys[0]]))
        values: dict[str, Value] = {}
        reasons: dict[str, str] = {}
        for column in report.columns:
            meaning = meanings.get(column.name)
            if meaning is None or isinstance(meaning, Plain):
                values[column.name] = fields.get(column.name)
                continue
            if isinstance(meaning, Like):
                is_hidden = meaning.column in reasons or self._is_rounded
                value, reason = (None, FEW) if is_hidden else (fields.get(column.name), "")
            else:
                value, reason = self._value(meaning, where, fields.get(column.name))
            values[column.name] = str(value) if column.kind == "text" and value is not None else value
            if reason:
                reasons[column.name] = reason
        return tuple(values[column.name] for column in report.columns), reasons

    def _value(self, meaning: Meaning, where: Where, exact: Value) -> tuple[Value, str]:
        """What a field shows, and the rule that hides it; the empty text: none does."""
        if isinstance(meaning, Withheld):
            return None, "" if exact is None else FEW
        if isinstance(meaning, Counted):
            if exact is None:
                return None, ""
            key = key_of(meaning, where)
            return self.shown(key), self._reason(self._counts.places[key])
        if any(self._now(key_of(counted, where)) is None for counted in counted_in(meaning)):
            return None, FEW
        return self._statistic(meaning, where, exact)

    def _reason(self, place: int) -> str:
        """The rule that hides a count; the empty text: none does."""
        label = self._labels[place]
        lesser = self._lesser.get(place)
        if label == Label.COMPLEMENTARY and lesser is not None and self._labels[lesser] == Label.SHOWN:
            return REPEATS
        return WORDS.get(label, "")

    def _statistic(self, meaning: Meaning, where: Where, exact: Value) -> tuple[Value, str]:
        """Of a statistic whose counts of the date are all shown."""
        match meaning:
            case Quotient():
                above, below = (
                    sum(self._now(key_of(counted, where)) or 0 for counted in counted_all)
                    for counted_all in (meaning.above, meaning.below)
                )
                return quotient(meaning.times * above, below, meaning.places), ""
            case Statistic():
                value = self._mean_or_median(meaning, where, exact)
                return value, FEW if value is None and exact is not None else ""
            case Share() if self._is_rounded:
                return None, "" if exact is None else FEW
            case Share():
                whole = self._now(key_of(meaning.of, where)) or 0
                return (exact, "") if self._is_safe_share(exact, whole) else (None, FEW)
            case Average():
                return self._average(meaning, where, exact)
            case _:
                return None, FEW

    def _mean_or_median(self, meaning: Statistic, where: Where, exact: Value) -> Value:
        """Beside a rounded count a whole number: more digits would tell of how many it is."""
        value = exact
        if meaning.age:
            is_told = where in self._hidden_ages or self._tells_bands(where)
            value = None if is_told else self._ages.statistic(meaning.age, where, exact)
        if value is None or not self._is_rounded:
            return value
        counts = (self._now(key_of(counted, where)) for counted in meaning.of)
        return (
            None
            if any(map(self._rule.is_small, (count or 0 for count in counts)))
            else float(round(float(value)))
        )

    def _tells_bands(self, where: Where) -> bool:
        """Whether a mean or median of ages would tell of a hidden age band.

        The sum of the ages of all people of the bands lies between those of the bands' least and greatest
        ages. A code tells it, too, when nearly all people have it.
        """
        group = tuple(each for each in where if each[0] != "diagnosis")
        if self._is_rounded or group not in self._hides_bands:
            return False
        keys = (key_of(Counted("patients"), each) for each in (where, group))
        found, total = (self._counts.values[self._counts.places[key]] for key in keys)
        return total - found < self._rule.hidden_below

    def _is_safe_share(self, exact: Value, whole: int) -> bool:
        """Whether neither the part nor the rest can be small, as far as four digits tell."""
        if exact is None:
            return True
        part, half = float(exact) * whole, 0.00005 * whole
        ranges = ((part - half, part + half), (whole - part - half, whole - part + half))
        return not any(high >= 0.5 and low < self._rule.hidden_below for low, high in ranges)

    def _average(self, meaning: Average, where: Where, exact: Value) -> tuple[Value, str]:
        key = key_of(meaning.of, where)
        days = [self._earlier.count(back, key) if back else self._now(key) for back in meaning.days_ago]
        known = [count for count in days if count is not None]
        if len(known) < len(days):
            return None, "" if exact is None else FEW
        total, now = sum(known), self._now(key) or 0
        match meaning.compared:
            case "count":
                return total, ""
            case "mean":
                return quotient(total, len(days), 2), ""
            case "share":
                return share(now * len(days), total), ""
            case "change":
                return share(now * len(days) - total, total), ""

    def shown(self, key: Key) -> int | None:
        """A listed count as released; None: hidden."""
        return self._shown.of(key)

    def _now(self, key: Key) -> int | None:
        return self._shown.now(key)

    @property
    def _is_rounded(self) -> bool:
        return self._rule.rounding is not None


def _place(
    row: tuple[Row, Reasons], report: Report, relations: Relations, *, is_rounded: bool
) -> tuple[bool, int, int, list[str]]:
    """Sort key of a row: those in order of their counts stay so, or are brought into that of rounded ones."""
    is_last = relations.base in row[1] if relations.order == "by count" else True
    fields = dict(zip(report.column_names, row[0], strict=False))
    keys = [str(fields[column.name]) for column in report.columns if column.is_key]
    if is_last or not is_rounded:
        return is_last, 0, 0, keys if is_last else []
    level = list(relations.levels).index(keys[0]) if relations.levels else 0
    return is_last, level, -int(fields[str(relations.base)] or 0), keys


def _in_words(reasons: Reasons) -> str | None:
    """Text of the column: one word for a row all of which is hidden by it, else each column."""
    return " ".join(f"{column}={reason}" for column, reason in reasons.items()) or None
