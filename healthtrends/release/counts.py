"""All counts that the reports of a date show, each once, with the rows that show it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from healthtrends.reports.relations import (
    Average,
    Counted,
    Meaning,
    Quotient,
    Relations,
    Share,
    Statistic,
    Where,
)
from healthtrends.reports.report import Report
from healthtrends.reports.schema import Value
from healthtrends.reports.suppressed import ROUNDED, rules_of

Key = tuple[tuple[str, str], ...]
"""Name of a count: its population as `of`, and the values of its dimensions, sorted."""
Fields = Mapping[str, Value]
"""A row by column."""


@dataclass(slots=True)
class Counts:
    """Counts by their place; the same count of two reports has one place."""

    keys: list[Key] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    listed: list[bool] = field(default_factory=list)
    """Whether a report has it."""
    places: dict[Key, int] = field(default_factory=dict)
    shapes: dict[tuple[str, tuple[str, ...]], list[int]] = field(default_factory=dict)
    """Places by population and dimensions, these sorted."""
    rows: list[tuple[int, list[int]]] = field(default_factory=list)
    """The row's own count, and the others of the row, of each row that has one."""
    together: list[list[int]] = field(default_factory=list)
    """Counts that are released all or not at all."""
    surplus: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By place of a difference that no report has: the count that is greater, and the one that is less."""
    parents: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """By dimension and value: the group in which it lies."""

    def add(self, key: Key, value: int, *, listed: bool = True) -> int:
        """Give the place of a count, a new one if it has none."""
        place = self.places.setdefault(key, len(self.keys))
        if place == len(self.keys):
            self.keys.append(key)
            self.values.append(value)
            self.listed.append(listed)
            self.shapes.setdefault(_shape(key), []).append(place)
        return place

    def of(self, population: str, *dimensions: str) -> list[int]:
        """Places of the counts of a population with just these dimensions."""
        return self.shapes.get((population, tuple(sorted(dimensions))), [])


def _shape(key: Key) -> tuple[str, tuple[str, ...]]:
    """Population and dimensions of a count."""
    population, names = "", []
    for name, value in key:
        if name == "of":
            population = value
        else:
            names.append(name)
    return population, tuple(names)


def read_counts(reports: Mapping[str, Report]) -> Counts:
    """Take the counts out of exact reports; rows that need other days give none of their own."""
    counts = Counts()
    for report in reports.values():
        relations = relations_of(report)
        if not relations.days_needed and relations.first is None:
            _read_report(counts, report, relations)
    return counts


def relations_of(report: Report) -> Relations:
    """Relations of a report. Raises ValueError for one that has none: it cannot be released."""
    if report.schema.relations is None:
        raise ValueError(f"report {report.name} has no relations")
    return report.schema.relations


def _read_report(counts: Counts, report: Report, relations: Relations) -> None:
    keys = report.schema.keys
    first_key = keys[0]
    counted = {key: _counted(relations.meanings_of(key)) for key in relations.rows}
    usual = _counted(relations.meanings)
    # Not in the order of their counts: what is hidden first must not depend on which of two is the greater.
    for fields in sorted(report.records(), key=lambda row: [str(row[key]) for key in keys]):
        where = where_of(relations, fields)
        found: dict[str, int] = {}
        for column, meaning in counted.get(str(fields[first_key]), usual).items():
            value = fields.get(column)
            if value is not None:
                found[column] = counts.add(key_of(meaning, where), int(value))
        if relations.base is not None and relations.base in found:
            base = found[relations.base]
            counts.rows.append((base, [place for place in found.values() if place != base]))
        for columns in relations.together:
            counts.together.append([found[column] for column in columns if column in found])
        for inner, outer in relations.parents:
            part = relations.levels.get(inner, (inner, inner))[0], str(fields[inner])
            counts.parents[part] = relations.levels.get(outer, (outer, outer))[0], str(fields[outer])


def _counted(meanings: Mapping[str, Meaning]) -> dict[str, Counted]:
    """Columns that are counts."""
    return {column: meaning for column, meaning in meanings.items() if isinstance(meaning, Counted)}


def released_counts(reports: Mapping[str, Report]) -> dict[Key, int | None]:
    """Take the counts out of released reports; None: it is hidden."""
    found: dict[Key, int | None] = {}
    for report in reports.values():
        relations = relations_of(report)
        if relations.days_needed or relations.first is not None:
            continue
        for row in report.records():
            fields = {name.removesuffix(ROUNDED): value for name, value in row.items()}
            where = where_of(relations, fields)
            rules = {name.removesuffix(ROUNDED) for name in rules_of(row)}
            for column, meaning in relations.meanings_of(str(fields[report.schema.keys[0]])).items():
                value = fields.get(column)
                if isinstance(meaning, Counted) and (value is not None or column in rules):
                    found[key_of(meaning, where)] = None if value is None else int(value)
    return found


def where_of(relations: Relations, fields: Fields) -> Where:
    """Values of the dimensions of a row, sorted."""
    if relations.levels:
        dimension, column = relations.levels[str(fields["level"])]
        return ((dimension, str(fields[column])),)
    named = [(column, dimension, str(fields[column])) for column, dimension in relations.dimensions.items()]
    whole = relations.whole
    return tuple(
        sorted([(dimension, value) for column, dimension, value in named if whole.get(column) != value])
    )


def key_of(counted: Counted, where: Where) -> Key:
    """Name of what a number counts in a row with these dimensions."""
    given = counted.where
    if not counted.is_total:
        own = [name for name, _ in given]
        given = (*given, *where) if not own else (*given, *(each for each in where if each[0] not in own))
    return tuple(sorted((*given, _population(counted.of))))


@cache
def _population(of: str) -> tuple[str, str]:
    """Give the same pair each time: millions of keys have it."""
    return "of", of


def counted_in(meaning: Meaning) -> Iterator[Counted]:
    """Counts of the date that a number is made of."""
    match meaning:
        case Counted():
            yield meaning
        case Quotient():
            yield from (*meaning.above, *meaning.below)
        case Statistic():
            yield from meaning.of
        case Share():
            yield from (meaning.of, *meaning.also)
        case Average():
            if meaning.compared in ("share", "change") or 0 in meaning.days_ago:
                yield meaning.of
        case _:
            return
