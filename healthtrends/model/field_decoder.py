"""Decoder of one JSON object, field by field; a rejection names the reason and the field.

It accepts what the contract accepts (unknown fields, a duplicate key whose last value is right). The fast
path of `formats/record.py` hands it every message that is not plainly right.
"""

import datetime as dt
import json
from typing import Any, Final, Never, get_args

from healthtrends.model import decoder, rules
from healthtrends.model.decoder import LARGEST_MESSAGE
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

_LONGEST_INTEGER: Final = 20
_REQUIRED: Final = PatientRecord.__struct_fields__[:7]
_CANCELLATION_REQUIRED: Final = ("patient_id", "visit_date")
_CANCELLATION_OPTIONAL: Final = ("visit_id", "record_id", "recorded_at")
_OPTIONAL: Final = ("visit_id", "record_id", "recorded_at", "previous_visit_date", "facility_id", "region")
_KNOWN: Final = frozenset(PatientRecord.__struct_fields__)


class FieldDecoder:
    """Decodes one message at a time under one clock date and one key."""

    def __init__(
        self, latest_visit: dt.date, pseudonymise: Pseudonymise | None, largest: int = LARGEST_MESSAGE
    ) -> None:
        """Accept `largest` bytes and visits until `latest_visit`; without `pseudonymise` ids stay as sent."""
        self._largest = largest
        self.unknown_fields = 0
        """Fields dropped because no rule knows them, over all messages so far."""
        self.pseudonymise = pseudonymise or _as_it_came
        identifier, code = rules.text(ID_LENGTH), rules.text(CODE_LENGTH)
        day = rules.visit_date(latest_visit)
        self.rules: dict[str, rules.Rule] = {
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

    def decode(self, value: bytes | None, broker_ms: int) -> Decoded:
        """Decode one message; `broker_ms` is used where `recorded_at` is not given."""
        fields = self.parse(value)
        return fields if isinstance(fields, Rejection) else self.decode_object(fields, broker_ms)

    def parse(self, value: bytes | None) -> dict[str, Any] | Rejection:
        """Parse the one JSON object that a message is."""
        if value is None:
            return Rejection(Reason.NULL_VALUE)
        return Rejection(Reason.TOO_LARGE) if len(value) > self._largest else parse_object(value)

    def decode_object(self, fields: dict[str, Any], broker_ms: int) -> Decoded:
        """Decode the values that a JSON object has, as `decode` does."""
        fields = {name: given for name, given in fields.items() if self._is_known(name)}
        values: dict[str, Any] = {}
        refused = self._read_fields(fields, ("status",), (), values)
        if refused is None and values.get("status") == "cancelled":
            return self._cancellation(fields, broker_ms)
        refused = refused or self._read_fields(fields, _OPTIONAL, _REQUIRED, values) or _moved_wrongly(values)
        if refused is not None:
            return refused
        values.pop("status", None)
        return PatientRecord(**self._finish(values, broker_ms))

    def _is_known(self, name: str) -> bool:
        known = name in _KNOWN
        self.unknown_fields += not known
        return known

    def _cancellation(self, fields: dict[str, Any], broker_ms: int) -> Decoded:
        if fields.get("previous_visit_date") is not None:
            return Rejection(Reason.MOVED_AND_CANCELLED, "previous_visit_date")
        values: dict[str, Any] = {}
        refused = self._read_fields(fields, _CANCELLATION_OPTIONAL, _CANCELLATION_REQUIRED, values)
        if refused is not None:
            return refused
        if "record_id" not in values and "visit_id" not in values:
            return Rejection(Reason.CANCELS_NOTHING, "record_id")
        return Cancellation(**self._finish(values, broker_ms))

    def _read_fields(
        self,
        fields: dict[str, Any],
        optional: tuple[str, ...],
        required: tuple[str, ...],
        values: dict[str, Any],
    ) -> Rejection | None:
        """Put the normalised value of each named field into `values`, or return the first objection."""
        for name in (*required, *optional):
            given = fields.get(name)
            if given is None:
                if name in optional:
                    continue
                return Rejection(Reason.NULL_FIELD if name in fields else Reason.MISSING_FIELD, name)
            answer = self.rules[name](given)
            if isinstance(answer, Reason):
                return Rejection(answer, name)
            values[name] = answer
        return None

    def _finish(self, values: dict[str, Any], broker_ms: int) -> dict[str, Any]:
        for name in ("patient_id", "visit_id", "record_id"):
            if name in values:
                values[name] = self.pseudonymise(values[name])
        values.setdefault("recorded_at", rules.broker_time(broker_ms))
        return values


def outcome_of(decoded: Decoded) -> decoder.Outcome:
    """Lines of what was decoded: a record that moved also cancels the one at its earlier date."""
    if isinstance(decoded, Rejection):
        return decoded
    if isinstance(decoded, PatientRecord) and decoded.previous_visit_date is not None:
        return decoded, decoded.to_cancellation()
    return (decoded,)


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


def _moved_wrongly(values: dict[str, Any]) -> Rejection | None:
    previous = values.get("previous_visit_date")
    if previous is None:
        return None
    if "record_id" not in values:
        return Rejection(Reason.MOVED_WITHOUT_RECORD_ID, "previous_visit_date")
    if previous == values["visit_date"]:
        return Rejection(Reason.MOVED_TO_SAME_DAY, "previous_visit_date")
    return None
