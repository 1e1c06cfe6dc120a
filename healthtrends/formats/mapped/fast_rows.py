"""The quick way from a flat row to a record: one parse, and a look into tables of cells that were met before.

Its records are not yet checked: they take the loop of `formats/record.py`, as those of senders do. A row that
is not plain raises, and the careful way of `decoder.py` decides.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from healthtrends.config.mapping import FieldRule
from healthtrends.formats.mapped.columns import as_text
from healthtrends.formats.mapped.field_readers import AgeReader, BirthReader, columns_of
from healthtrends.formats.mapped.rows import RowMapper, content_id
from healthtrends.model.field_decoder import FieldDecoder
from healthtrends.model.record import ID_LENGTH, OLDEST_AGE, PatientRecord
from healthtrends.model.rejection import Reason

_FIELDS: Final = PatientRecord.__struct_fields__
_AT: Final = {name: at for at, name in enumerate(_FIELDS)}
_AGE, _DAY, _RECORD_ID, _RECORDED = map(_AT.__getitem__, ("age", "visit_date", "record_id", "recorded_at"))
_IDS: Final = ("patient_id", "visit_id", "record_id")
_ALWAYS_READ: Final = frozenset({"age", "gender", "outcome", "status", "visit_date", "facility_id", "region"})
"""Fields whose cells are never taken as they are: words, numbers, dates, and texts that may be empty."""
_AS_THEY_ARE: Final = ("diagnosis_code", "treatment_code")
"""Required texts, of which the loop of the records takes for granted that they are there."""
_MOST_CACHED: Final = 100_000
_YEAR: Final = 10_000
_CELL: Final = str | int | None
_NO_COLUMN: Final = "\ue000"
"""Begin of names in place of a column; such a character is private, and in no table."""
_IN_NO_NAME: Final = frozenset('."\\' + _NO_COLUMN)


class NotPlain(ValueError):
    """The careful way decides."""


class _CellTable(dict[Any, Any]):
    """Value of each cell that was met; that of a new one is asked for once."""

    def __init__(self, ask: Callable[[object], object]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, cell: object) -> object:
        if len(self) > _MOST_CACHED:
            self.clear()
        value = self[cell] = self._ask(cell)
        return value


class FastRows:
    """Makes records of rows, each field of which is one column of plain values, or a constant."""

    def __init__(self, mapper: RowMapper, record: FieldDecoder, columns: dict[str, str]) -> None:
        """`columns`: as `plain_columns` gives them."""
        self._mapper = mapper
        self._columns = columns
        self._rules = record.rules
        # Not made at import, as its type is of these columns; no other thread knows that type.
        self._parse_row = msgspec.json.Decoder(_row_type(mapper, columns)).decode

    def parser(self) -> Callable[[bytes], PatientRecord]:
        """Return the function from a row to its record, unchecked.

        It raises ValueError or TypeError for a row that is not plain. It is run for each message, so all that
        it needs is local.
        """
        parse, cells_of, mapper = self._parse_row, msgspec.structs.astuple, self._mapper
        ids = [_AT[name] for name in _IDS if name in self._columns]
        tables = [(_AT[name], self._table(name)) for name in self._columns if _is_read(name, mapper.rules)]
        has_birth_date, names_rows = isinstance(mapper.age, BirthReader), mapper.names_rows
        day_numbers = _CellTable(_day_number)
        time = mapper.readers["recorded_at"] if self._is_time_read() else None

        def parse_record(value: bytes) -> PatientRecord:
            cells: list[Any] = list(cells_of(parse(value)))
            if not value.isascii():
                value.decode()  # msgspec does not look into columns that it passes over
            for at in ids:
                if type(cells[at]) is int:
                    cells[at] = str(cells[at])
            if not 0 < len(cells[0]) <= ID_LENGTH:
                raise NotPlain
            for at, table in tables:
                cells[at] = table[cells[at]]
            if has_birth_date:
                cells[_AGE] = _age(day_numbers[cells[_DAY]] - cells[_AGE])
            if time is not None:
                cells[_RECORDED] = time.value_of(as_text(cells[_RECORDED]))
            if names_rows:
                cells[_RECORD_ID] = content_id(value)
            return PatientRecord(*cells)

        return parse_record

    def _is_time_read(self) -> bool:
        """Whether the time of a row is more than its text, which the loop of the records normalises."""
        rule = self._mapper.rules.get("recorded_at")
        return rule is not None and (bool(rule.format) or rule.default is not None)

    def _table(self, name: str) -> _CellTable:
        return _CellTable(lambda cell: self._value_of(name, as_text(cell)))

    def _value_of(self, name: str, text: object) -> object:
        """Value of a cell under the mapping and the rules of the record. Raises NotPlain."""
        mapper = self._mapper
        if name == "age":
            if isinstance(mapper.age, BirthReader):
                return _day_number(mapper.age.date.value_of(text))
            value = NotPlain if isinstance(mapper.age, AgeReader) else mapper.age.value_of(text)
        elif name == "diagnosis_code":
            value = mapper.codes.value_of_cell(text)
        else:
            value = mapper.readers[name].value_of(text)
            if value is None and name in ("facility_id", "region", "status"):
                return None
        if isinstance(value, Reason) or isinstance(self._rules[name](value), Reason):
            raise NotPlain
        return value


def plain_columns(mapper: RowMapper) -> dict[str, str] | None:
    """The column of each field, when every field is one column or a constant; else None."""
    if mapper.codes.is_list or isinstance(mapper.age, AgeReader):
        return None
    found: dict[str, str] = {}
    for name, rule in mapper.rules.items():
        columns = [rule.birth_date] if rule.birth_date else columns_of(rule)
        if name in _IDS and (len(columns) != 1 or rule.values or rule.default is not None):
            return None
        if len(columns) > 1 or not all(map(_is_plain, columns)) or name == "previous_visit_date":
            return None
        if columns:
            found[name] = columns[0]
    # Two fields of one column would be one field of the struct.
    return found if len(set(found.values())) == len(found) else None


def _is_read(name: str, rules: Mapping[str, FieldRule]) -> bool:
    """Whether a cell is more than its text."""
    rule = rules[name]
    return name in _ALWAYS_READ or bool(rule.values) or rule.default is not None or bool(rule.code_rule)


def _is_plain(column: str) -> bool:
    return column.isprintable() and _IN_NO_NAME.isdisjoint(column)


def _row_type(mapper: RowMapper, columns: dict[str, str]) -> type[msgspec.Struct]:
    """A struct with the fields of the record under the names of the columns; a constant is a default."""
    fields: list[tuple[str, Any, Any]] = []
    for name in _FIELDS:
        if name not in columns:
            fields.append((name, None, _constant(mapper.rules.get(name))))
        elif name in _AS_THEY_ARE and not _is_read(name, mapper.rules):
            fields.append((name, str, ""))
        elif name == "recorded_at" and not mapper.rules[name].format:
            fields.append((name, str | None, None))
        else:
            fields.append((name, _CELL, None))
    return msgspec.defstruct(
        "Row",
        fields,
        rename={name: columns.get(name, f"{_NO_COLUMN}{name}") for name in _FIELDS},
        gc=False,
    )


def _constant(rule: FieldRule | None) -> object:
    if rule is None:
        return None
    return rule.default if rule.constant is None else rule.constant


def _age(difference: int) -> int:
    """Years between two days as numbers."""
    if not 0 <= (age := difference // _YEAR) <= OLDEST_AGE:
        raise NotPlain
    return age


def _day_number(day: object) -> int:
    """20251222 of a whole day: the difference of two, by 10,000, is the age."""
    if isinstance(day, Reason) or not isinstance(day, str) or len(day) != len("2025-12-22"):
        raise NotPlain
    return int(day.replace("-", ""))
