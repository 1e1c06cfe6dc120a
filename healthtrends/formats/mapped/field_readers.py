"""Compiled rules of single fields: from a row to the value that the record's own rule then checks."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, cast

from healthtrends import clock
from healthtrends.config.mapping import AgeUnit, FieldRule
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError
from healthtrends.formats.mapped.ages import age_reading
from healthtrends.formats.mapped.columns import MISSING, Row, as_text, cell_reader
from healthtrends.formats.mapped.dates import birth_reading, check_format, day_reading, time_reading
from healthtrends.model.age import age_on
from healthtrends.model.field_decoder import FieldDecoder
from healthtrends.model.rejection import Reason

Convert = Callable[[str], object]

KEY: Final = "source.mapping"
WORDS: Final = frozenset({"gender", "outcome", "status"})
"""Fields that take words of a closed list."""
DAYS: Final = ("visit_date", "previous_visit_date")
_AGE_ONLY: Final = ("birth_date", "unit_column", "units")
_CODES_ONLY: Final = ("columns", "split", "code_rule")


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Reads one field of a row: the first cell that is not empty, converted."""

    cells: tuple[Callable[[Row], object], ...]
    """None at all: the field is a constant."""
    convert: Convert
    default: object = None
    """Of a missing, empty or unknown value; None: there is none."""

    def read(self, row: Row) -> object:
        """Return the value, a Reason against it, None for an empty cell, or MISSING without a column."""
        found: object = MISSING
        for cell in self.cells:
            found = as_text(cell(row))
            if found is not MISSING and found is not None:
                break
        return self.value_of(found)

    def value_of(self, cell: object) -> object:
        """As `read`, of a cell that `as_text` gave."""
        answer = self.convert(cell) if isinstance(cell, str) else cell
        is_unknown = answer is None or answer is MISSING or answer is Reason.NOT_IN_LIST
        return self.default if is_unknown and self.default is not None else answer


@dataclass(frozen=True, slots=True)
class AgeReader:
    """Reads an age in a unit that another column names."""

    number: FieldReader
    unit: FieldReader
    convert: Callable[[str, AgeUnit], object]
    default: object

    def read(self, row: Row) -> object:
        """As `FieldReader.read`."""
        answer = given = self.number.read(row)
        if isinstance(given, str):
            unit = self.unit.read(row)
            is_known = isinstance(unit, str) and not isinstance(unit, Reason)
            answer = self.convert(given, cast("AgeUnit", unit)) if is_known else Reason.NOT_IN_LIST
        is_unknown = answer is None or answer is MISSING or answer is Reason.NOT_IN_LIST
        return self.default if is_unknown and self.default is not None else answer


@dataclass(frozen=True, slots=True)
class BirthReader:
    """Reads a birth date; the age follows from it and the visit's day."""

    date: FieldReader

    def age(self, row: Row, day: object) -> object:
        """Return the age at a day, or why there is none."""
        given = self.date.read(row)
        if isinstance(given, Reason) or not isinstance(given, str):
            return given
        if not isinstance(day, str) or isinstance(day, Reason):
            return MISSING
        age = age_on(given, day)
        return Reason.OUT_OF_RANGE if age.years is None else age.years


def compile_field(name: str, rule: FieldRule, source: Source, record: FieldDecoder) -> FieldReader:
    """Compile the rule of any field but `age`. Raises ConfigError."""
    usual = _usual_value(name, rule, record)
    if rule.constant is not None:
        return FieldReader((), _same, usual)
    zone = clock.time_zone(source.timezone)
    return FieldReader(_cells(rule), _convert(name, rule, zone, record), usual)


def compile_age(
    rule: FieldRule, source: Source, record: FieldDecoder
) -> FieldReader | AgeReader | BirthReader:
    """Compile the rule of `age`. Raises ConfigError."""
    usual = _usual_value("age", rule, record)
    if rule.birth_date:
        zone = clock.time_zone(source.timezone)
        return BirthReader(FieldReader((cell_reader(rule.birth_date),), birth_reading(rule.format, zone)))
    convert = age_reading(source.file.decimal if source.file else ".")
    if not rule.unit_column:
        return FieldReader(_cells(rule), lambda given: convert(given, rule.unit), usual)
    units = {theirs.strip().casefold(): ours for theirs, ours in rule.units.items()}
    unit = FieldReader(
        (cell_reader(rule.unit_column),), lambda given: units.get(given.casefold(), Reason.NOT_IN_LIST)
    )
    return AgeReader(FieldReader(_cells(rule), _same), unit, convert, usual)


def _usual_value(name: str, rule: FieldRule, record: FieldDecoder) -> object:
    """The constant or default of a rule, checked; None: there is none. Raises ConfigError."""
    for fault in _faults(name, rule):
        raise ConfigError(f"{KEY}.{name}: {fault}", "", "see docs/how-to/map-tables.md")
    check_format(f"{KEY}.{name}.format", rule.format, needs_day=name != "age")
    key = "default" if rule.constant is None else "constant"
    given = getattr(rule, key)
    return None if given is None else _checked(f"{name}.{key}", given, name, record)


def columns_of(rule: FieldRule) -> list[str]:
    """Columns of which the first that is not empty counts."""
    given = [rule.column] if isinstance(rule.column, str) else rule.column
    return [column for column in given if column]


def word_map(name: str, rule: FieldRule, record: FieldDecoder) -> dict[str, object]:
    """Their words in lower case, with ours as the record stores them. Raises ConfigError."""
    return {
        theirs.strip().casefold(): _checked(f"{name}.values", ours, name, record)
        for theirs, ours in rule.values.items()
    }


def _convert(name: str, rule: FieldRule, zone: dt.tzinfo, record: FieldDecoder) -> Convert:
    if name in DAYS:
        return day_reading(rule.format, zone)
    if name == "recorded_at":
        return time_reading(rule.format, zone)
    words = word_map(name, rule, record)
    if words:
        return lambda given: words.get(given.casefold(), Reason.NOT_IN_LIST)
    if name in WORDS:
        check = record.rules[name]
        return lambda given: given if not isinstance(check(given), Reason) else Reason.NOT_IN_LIST
    return _same


def _cells(rule: FieldRule) -> tuple[Callable[[Row], object], ...]:
    return tuple(map(cell_reader, columns_of(rule)))


def _same(given: str) -> str:
    return given


def _checked(key: str, given: object, name: str, record: FieldDecoder) -> object:
    """A value of the mapping itself, as the record stores it. Raises ConfigError."""
    answer = record.rules[name](given)
    if isinstance(answer, Reason):
        raise ConfigError(
            f"{KEY}.{key} = {given!r} is no {name}", answer.value, "healthtrends schema record shows what is"
        )
    return answer


def _faults(name: str, rule: FieldRule) -> Iterator[str]:
    foreign = [*(_AGE_ONLY if name != "age" else ()), *(_CODES_ONLY if name != "diagnosis_code" else ())]
    for key in foreign:
        if getattr(rule, key):
            yield f"{key} does not go with this field"
    has_column = bool(columns_of(rule)) or bool(rule.columns) or bool(rule.birth_date)
    if rule.constant is not None and (has_column or rule.default is not None or rule.values):
        yield "constant goes with nothing else"
    if rule.constant is None and not has_column and rule.default is None:
        yield "no column is named, and no constant"
    if rule.columns and columns_of(rule):
        yield "column and columns do not go together"
    if rule.birth_date and (columns_of(rule) or rule.unit_column or rule.default is not None):
        yield "birth_date goes with format alone"
    if bool(rule.unit_column) != bool(rule.units):
        yield "unit_column and units go together"
    if rule.format and name not in (*DAYS, "recorded_at") and not rule.birth_date:
        yield "format is for dates"
    if rule.values and name in (*DAYS, "recorded_at", "age"):
        yield "values is for words"
