"""From the bytes of a message to a record, a cancellation or a rejection; never an exception.

Two paths, one set of rules. The fast one is a single msgspec pass into the struct, then the rules of each
string through bounded caches (a day has few codes and dates, a millisecond has many records). Whatever it
does not accept goes to the slow one, which alone decides: it looks at each field by name, says the reason,
and forgives what the contract forgives (unknown fields, a duplicate key whose last value is right).
A property test holds that the fast path accepts nothing that the slow one would store otherwise.
"""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any, Final, Never, get_args

import msgspec

from healthtrends.model import rules
from healthtrends.model.pseudonym import Pseudonymise
from healthtrends.model.record import (
    CODE_LENGTH,
    ID_LENGTH,
    Cancellation,
    Gender,
    Outcome,
    PatientRecord,
    Status,
)
from healthtrends.model.rejection import Reason, Rejection

Decoded = PatientRecord | Cancellation | Rejection

_CACHE_ENTRIES: Final = 50_000
_LONGEST_INTEGER: Final = 20
_REQUIRED: Final = PatientRecord.__struct_fields__[:7]
_CANCELLATION_REQUIRED: Final = ("patient_id", "visit_date")
_CANCELLATION_OPTIONAL: Final = ("visit_id", "record_id", "recorded_at")
_OPTIONAL: Final = ("visit_id", "record_id", "recorded_at", "previous_visit_date", "facility_id", "region")
_KNOWN: Final = frozenset(PatientRecord.__struct_fields__)


class _Cache(dict[Any, Any]):
    """Answers of a rule by value; few and short ones, so that hostile input cannot grow it."""

    __slots__ = ("_rule",)

    def __init__(self, rule: Callable[[Any], object]) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, value: object) -> object:
        answer = self._rule(value)
        if not isinstance(value, str) or len(value) <= ID_LENGTH:
            if len(self) >= _CACHE_ENTRIES:
                self.clear()
            self[value] = answer
        return answer


class RecordDecoder:
    """Decodes messages under one clock date and one key; keep one for a batch or longer."""

    def __init__(self, latest_visit: dt.date, pseudonymise: Pseudonymise | None) -> None:
        """Accept visits until `latest_visit`; `pseudonymise` None keeps ids as they come."""
        self.unknown_fields = 0
        """Fields dropped because no rule knows them, over all messages so far."""
        self._parse = msgspec.json.Decoder(PatientRecord).decode
        self._pseudonymise = pseudonymise or _as_it_came
        identifier, code = rules.text(ID_LENGTH), rules.text(CODE_LENGTH)
        day = rules.visit_date(latest_visit)
        self._rules: dict[str, rules.Rule] = {
            "patient_id": identifier,
            "age": rules.age,
            "gender": rules.one_of(*get_args(Gender)),
            "diagnosis_code": rules.diagnosis_code,
            "visit_date": day,
            "treatment_code": code,
            "outcome": rules.one_of(*get_args(Outcome)),
            "visit_id": identifier,
            "record_id": identifier,
            "status": rules.one_of(*get_args(Status)),
            "recorded_at": rules.recorded_at,
            "previous_visit_date": day,
            "facility_id": code,
            "region": code,
        }
        self._identifier = identifier
        self._diagnosis = _Cache(rules.diagnosis_code)
        self._day = _Cache(day)
        self._code = _Cache(code)
        self._time = _Cache(rules.recorded_at)
        self._broker_time = _Cache(rules.broker_time)

    def decode(self, value: bytes | None, broker_ms: int) -> Decoded:
        """Decode one message value; `broker_ms` stands in where `recorded_at` is not given."""
        if value is None:
            return Rejection(Reason.NULL_VALUE)
        try:
            record = self._parse(value)
        except (ValueError, RecursionError):  # msgspec's errors and UnicodeDecodeError are ValueErrors
            return self._explain(value, broker_ms)
        diagnosis = self._diagnosis[record.diagnosis_code]
        if (
            type(diagnosis) is not str
            or type(self._day[record.visit_date]) is not str
            or type(self._code[record.treatment_code]) is not str
            or type(self._identifier(record.patient_id)) is not str
            or record.status == "cancelled"
            or record.previous_visit_date is not None
        ):
            return self._explain(value, broker_ms)
        record.status = None
        record.diagnosis_code = diagnosis
        record.patient_id = self._pseudonymise(record.patient_id)
        if record.recorded_at is not None:
            time = self._time[record.recorded_at]
            if type(time) is not str:
                return self._explain(value, broker_ms)
            record.recorded_at = time
        else:
            record.recorded_at = self._broker_time[broker_ms]
        if record.visit_id is record.record_id is record.facility_id is record.region is None:
            return record
        return self._settle_optional(record, value, broker_ms)

    def _settle_optional(self, record: PatientRecord, value: bytes, broker_ms: int) -> Decoded:
        for name in ("facility_id", "region"):
            given = getattr(record, name)
            if given is not None and type(self._code[given]) is not str:
                return self._explain(value, broker_ms)
        for name in ("visit_id", "record_id"):
            given = getattr(record, name)
            if given is not None:
                if type(self._identifier(given)) is not str:
                    return self._explain(value, broker_ms)
                setattr(record, name, self._pseudonymise(given))
        return record

    def _explain(self, value: bytes, broker_ms: int) -> Decoded:
        """Decide field by field; slower by a factor of ten, and the only place that names reasons."""
        fields = parse_object(value)
        if isinstance(fields, Rejection):
            return fields
        fields = {name: given for name, given in fields.items() if self._is_known(name)}
        settled: dict[str, Any] = {}
        refused = self._settle(fields, ("status",), (), settled)
        if refused is None and settled.get("status") == "cancelled":
            return self._cancellation(fields, broker_ms)
        refused = refused or self._settle(fields, _OPTIONAL, _REQUIRED, settled) or _moved_wrongly(settled)
        if refused is not None:
            return refused
        settled.pop("status", None)
        return PatientRecord(**self._finish(settled, broker_ms))

    def _is_known(self, name: str) -> bool:
        known = name in _KNOWN
        self.unknown_fields += not known
        return known

    def _cancellation(self, fields: dict[str, Any], broker_ms: int) -> Decoded:
        if fields.get("previous_visit_date") is not None:
            return Rejection(Reason.MOVED_AND_CANCELLED, "previous_visit_date")
        settled: dict[str, Any] = {}
        refused = self._settle(fields, _CANCELLATION_OPTIONAL, _CANCELLATION_REQUIRED, settled)
        if refused is not None:
            return refused
        if "record_id" not in settled and "visit_id" not in settled:
            return Rejection(Reason.CANCELS_NOTHING, "record_id")
        return Cancellation(**self._finish(settled, broker_ms))

    def _settle(
        self,
        fields: dict[str, Any],
        optional: tuple[str, ...],
        required: tuple[str, ...],
        settled: dict[str, Any],
    ) -> Rejection | None:
        """Put the settled value of each named field into `settled`, or return the first objection."""
        for name in (*required, *optional):
            given = fields.get(name)
            if given is None:
                if name in optional:
                    continue
                return Rejection(Reason.NULL_FIELD if name in fields else Reason.MISSING_FIELD, name)
            answer = self._rules[name](given)
            if isinstance(answer, Reason):
                return Rejection(answer, name)
            settled[name] = answer
        return None

    def _finish(self, settled: dict[str, Any], broker_ms: int) -> dict[str, Any]:
        for name in ("patient_id", "visit_id", "record_id"):
            if name in settled:
                settled[name] = self._pseudonymise(settled[name])
        settled.setdefault("recorded_at", rules.broker_time(broker_ms))
        return settled


def _as_it_came(identifier: str) -> str:
    return identifier


def parse_object(value: bytes) -> dict[str, Any] | Rejection:
    """Parse one JSON object; of duplicate keys the last counts.

    The standard library's parser and not msgspec's, because a lone surrogate in an unknown field is
    no reason to reject.
    """
    try:
        written = value.decode("utf-8")
    except UnicodeDecodeError:
        return Rejection(Reason.INVALID_UTF8)
    if written.startswith("\ufeff"):
        return Rejection(Reason.BYTE_ORDER_MARK)
    try:
        found = json.loads(written, parse_int=_integer, parse_constant=_not_json)
    except (ValueError, RecursionError):
        return Rejection(Reason.INVALID_JSON)
    return found if isinstance(found, dict) else Rejection(Reason.NOT_AN_OBJECT)


def _integer(digits: str) -> int:
    # Beyond 4,300 digits int() raises; a number this long is out of every range anyway.
    return int(digits[:_LONGEST_INTEGER])


def _not_json(_: str) -> Never:
    raise ValueError("NaN and Infinity are not JSON")


def _moved_wrongly(settled: dict[str, Any]) -> Rejection | None:
    previous = settled.get("previous_visit_date")
    if previous is None:
        return None
    if "record_id" not in settled:
        return Rejection(Reason.MOVED_WITHOUT_RECORD_ID, "previous_visit_date")
    if previous == settled["visit_date"]:
        return Rejection(Reason.MOVED_TO_SAME_DAY, "previous_visit_date")
    return None
