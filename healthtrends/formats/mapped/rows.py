"""From one row to the records it gives: JSON-like objects that then pass the rules of the format `record`.

There is no second set of rules: this module finds and converts values, `FieldDecoder` decides.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from healthtrends.config.mapping import FieldRule
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError
from healthtrends.formats.mapped.codes import Code, CodeReader
from healthtrends.formats.mapped.columns import MISSING, Row
from healthtrends.formats.mapped.field_readers import (
    KEY,
    AgeReader,
    BirthReader,
    FieldReader,
    compile_age,
    compile_field,
)
from healthtrends.model.field_decoder import FieldDecoder
from healthtrends.model.record import PatientRecord
from healthtrends.model.rejection import Reason, Rejection, Skip

Fields = dict[str, object]

_REQUIRED: Final = PatientRecord.__struct_fields__[:7]
_OF_A_CANCELLATION: Final = frozenset(
    {"patient_id", "visit_date", "visit_id", "record_id", "recorded_at", "status"}
)
_DIGEST: Final = hashlib.blake2b(digest_size=16).copy
"""A copy of an empty state costs less than a new one with its options."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """One record of a row."""

    fields: Fields | Rejection | Skip
    """As a sender of format `record` would write it; else why there is none."""
    part: str | None = None
    """The cell it stems from; None: the row has one record."""


class RowMapper:
    """A mapping, compiled once."""

    def __init__(self, source: Source, record: FieldDecoder) -> None:
        """Compile the rules of `source`; `record` has the rules of the record. Raises ConfigError."""
        self.rules = _field_rules(source)
        self.readers: dict[str, FieldReader] = {
            name: compile_field(name, rule, source, record)
            for name, rule in self.rules.items()
            if name not in ("age", "diagnosis_code")
        }
        self.age: FieldReader | AgeReader | BirthReader = compile_age(self.rules["age"], source, record)
        self.codes = CodeReader(self.rules["diagnosis_code"], source, record)
        self.has_id = "record_id" in self.readers
        is_change_feed = "debezium" in source.envelopes
        self.names_rows = not self.has_id and not is_change_feed
        """A row without an id gets one from its content. A change event has the id of the table's key."""
        self.is_snapshot = self.has_id and self.codes.is_list and "visit_id" not in self.readers
        """A row says all diagnoses of the visit that it is: a later version replaces them."""
        self.gives_facts = self.is_snapshot and not is_change_feed
        """A change event itself says what the row was before."""
        if self.codes.is_list and is_change_feed and not self.has_id:
            raise ConfigError(
                f"{KEY} has no rule for record_id",
                "rows of change events with several codes each need an id of the row",
                "map the primary key of the table to record_id",
            )
        self._record = record

    def map_row(self, row: Row, content: bytes) -> list[Mapped]:
        """Return what a row gives, in the order of its codes; `content` stands for a row without an id."""
        fields: Fields = {}
        refused: dict[str, Reason] = {}
        for name, reader in self.readers.items():
            _put(name, reader.read(row), fields, refused)
        day = fields.get("visit_date")
        age = self.age.age(row, day) if isinstance(self.age, BirthReader) else self.age.read(row)
        _put("age", age, fields, refused)
        is_cancelled = fields.get("status") == "cancelled"
        for name, reason in refused.items():
            if not is_cancelled or name in _OF_A_CANCELLATION:
                return [Mapped(Rejection(reason, name))]
        if self.names_rows:
            fields["record_id"] = content_id(content)
        codes = self.codes.read(row)
        if not self.codes.is_list:
            return [self._single(fields, codes[0], is_cancelled=is_cancelled)]
        if self.gives_facts and not is_cancelled and all(isinstance(code.value, Skip) for code in codes):
            # No diagnosis of the row is left.
            return [Mapped({**fields, "status": "cancelled"})]
        return [self._one_of(fields, code) for code in codes]

    def _single(self, fields: Fields, code: Code, *, is_cancelled: bool) -> Mapped:
        if isinstance(code.value, Skip) and self.has_id and fields.get("record_id") is not None:
            # What the row said before under its id is no longer so.
            return Mapped({**fields, "status": "cancelled"})
        return Mapped(fields if is_cancelled else _with_code(fields, code.value))

    def _one_of(self, fields: Fields, code: Code) -> Mapped:
        """One of several records: its id is made of the row's id and the code, its visit is the row."""
        own = fields.get("record_id")
        normal = self._record.rules["diagnosis_code"](code.value)
        found = _with_code(fields, code.value)
        # An id that breaks the rule stays as it is, so that it is rejected.
        if isinstance(found, dict) and isinstance(own, str) and not isinstance(normal, Reason):
            if not isinstance(self._record.rules["record_id"](own), Reason):
                found["record_id"] = content_id(f"{own}\0{normal}".encode("utf-8", "surrogatepass"))
            if found.get("visit_id") is None:
                found["visit_id"] = own
        return Mapped(found, code.part)


def content_id(content: bytes) -> str:
    """Id of what has none: equal for equal content, and no more than a digest of it."""
    state = _DIGEST()
    state.update(content)
    return state.hexdigest()


def _put(name: str, value: object, fields: Fields, refused: dict[str, Reason]) -> None:
    if isinstance(value, Reason):
        refused[name] = value
    elif value is not MISSING:
        fields[name] = value


def _with_code(fields: Fields, code: object) -> Fields | Rejection | Skip:
    if isinstance(code, Skip):
        return code
    if isinstance(code, Reason):
        return Rejection(code, "diagnosis_code")
    return fields | ({} if code is MISSING else {"diagnosis_code": code})


def _field_rules(source: Source) -> dict[str, FieldRule]:
    """The rule of each field that has one. Raises ConfigError when a required field has none."""
    if source.mapping is None:
        raise ConfigError("there is no mapping", f"[{KEY}] says which column is which field", "write it")
    given = {name: getattr(source.mapping, name) for name in source.mapping.__struct_fields__}
    missing = [name for name in _REQUIRED if not given[name]]
    if missing:
        raise ConfigError(
            f"{KEY} has no rule for {', '.join(missing)}",
            "every record needs these fields",
            'name a column for each, or a constant such as treatment_code = { constant = "unknown" }',
        )
    return {
        name: FieldRule(column=rule) if isinstance(rule, str) else rule
        for name, rule in given.items()
        if rule
    }
