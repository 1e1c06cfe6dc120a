"""Format `record`: one JSON object a message, with the fields of `model/record.py`.

Two paths, one set of rules. The fast one is a single msgspec pass into the struct and a look into sets of
values that the rules have passed before (a day has few codes and dates, a millisecond has many records).
Whatever it does not find plainly right goes to the slow one, `FieldDecoder`, which alone decides.
A property test checks that the fast path accepts nothing that the slow one would store otherwise.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from healthtrends.model import rules
from healthtrends.model.decoder import LARGEST_MESSAGE, Decoder, DecoderOptions, Outcome
from healthtrends.model.field_decoder import FieldDecoder, outcome_of
from healthtrends.model.named_patients import named_patients
from healthtrends.model.pseudonym import Pseudonymise
from healthtrends.model.record import PatientRecord
from healthtrends.model.rejection import Reason

# Hostile input must not grow the caches; a day has 86,400 seconds and far fewer codes.
_MOST_CACHED: Final = 100_000
_WHOLE_SECOND: Final = len("2025-12-22T08:30:00Z")

# Made at import: two threads that let msgspec look at a new type at the same time crash the process.
_RECORD: Final = msgspec.json.Decoder(PatientRecord)


def open_decoder(options: DecoderOptions) -> Decoder:
    """Make the decoder of this format."""
    return RecordDecoder(options.latest_visit, options.pseudonymise, options.largest_message)


class RecordDecoder:
    """Decodes messages under one clock date and one key; keep one for a batch or longer."""

    def __init__(
        self, latest_visit: dt.date, pseudonymise: Pseudonymise | None, largest: int = LARGEST_MESSAGE
    ) -> None:
        """Accept `largest` bytes and visits until `latest_visit`; without `pseudonymise` ids stay as sent."""
        self.slow = FieldDecoder(latest_visit, pseudonymise, largest)
        """Decides what the fast path does not."""
        self.longest = 0
        """Bytes of the longest message of the last call."""
        self._largest = largest
        self._parse: Callable[[bytes], PatientRecord] = _RECORD.decode
        self._pseudonymise = self.slow.pseudonymise
        self._id_rule = self.slow.rules["patient_id"]
        self._days: set[str] = set()
        self._codes: set[str | None] = {None}
        self._diagnoses: set[str] = set()
        self._normalised: dict[str, str] = {}
        """Diagnosis codes that are stored in another form than they came."""
        self._calendar: set[str] = set()
        self._broker_time = -1, rules.broker_time(-1)
        """The broker's last timestamp, ms, and how it is stored: many records share one."""
        self._hours: set[str] = set()
        self._seconds: set[str] = set()

    def take_unknown_fields(self) -> int:
        """Fields dropped since the last call because no rule knows them."""
        unknown, self.slow.unknown_fields = self.slow.unknown_fields, 0
        return unknown

    def decode(self, value: bytes | None, broker_ms: int) -> Outcome:
        """Decode one message; `broker_ms` is used where `recorded_at` is not given."""
        plain, others = self.decode_all((value,), (broker_ms,))
        return (plain[0],) if plain else others[0][1]

    def decode_all(
        self, values: Sequence[bytes | None], broker_ms: Sequence[int]
    ) -> tuple[list[PatientRecord], list[tuple[int, Outcome]]]:
        """Decode messages: plain records, and all others with their positions.

        The hottest loop of the product: names are local, and what nearly every record passes comes first.
        """
        self.longest = _longest(values)
        parse = self._parse if self.longest <= self._largest else self._parse_bounded
        pseudonymise, slow, id_rule = self._pseudonymise, self.decode_slowly, self._id_rule
        days, codes, diagnoses = self._days, self._codes, self._diagnoses
        plain: list[PatientRecord] = []
        others: list[tuple[int, Outcome]] = []
        add = plain.append
        last_ms, last_time = self._broker_time
        for value, ms in zip(values, broker_ms, strict=True):
            try:
                record = parse(value)  # type: ignore[arg-type]  # a tombstone raises TypeError
            except (TypeError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
                others.append((len(plain) + len(others), slow(value, ms)))
                continue
            patient = record.patient_id
            if not (
                record.visit_date in days
                and record.treatment_code in codes
                and record.diagnosis_code in diagnoses
                and patient.isprintable()
                and " " not in patient
                # All together, as most senders give none of them.
                and record.facility_id is record.region is record.visit_id is None
                and record.previous_visit_date is record.status is None
            ) and not self._check_optional(record):
                others.append((len(plain) + len(others), slow(value, ms)))
                continue
            if record.recorded_at is None:
                if ms != last_ms:
                    last_ms, last_time = ms, rules.broker_time(ms)
                record.recorded_at = last_time
            elif not self._normalise_time(record):
                others.append((len(plain) + len(others), slow(value, ms)))
                continue
            own = record.record_id
            if own is not None:
                if type(id_rule(own)) is not str:
                    others.append((len(plain) + len(others), slow(value, ms)))
                    continue
                record.record_id = pseudonymise(own)
            record.patient_id = pseudonymise(patient)
            add(record)
        self._broker_time = last_ms, last_time
        return plain, others

    def decode_slowly(self, value: bytes | None, broker_ms: int) -> Outcome:
        """Decode one message field by field."""
        return outcome_of(self.slow.decode(value, broker_ms))

    def patients(self, value: bytes | None) -> frozenset[str]:
        """Ids of the patients that a message names, as records store them."""
        return frozenset(map(self._pseudonymise, named_patients(value or b"", self._largest)))

    def _parse_bounded(self, value: bytes) -> PatientRecord:
        if len(value) > self._largest:
            raise ValueError("too large to be looked at")
        return self._parse(value)

    def _check_optional(self, record: PatientRecord) -> bool:
        """Check a record with optional fields or new values; False: the slow path decides."""
        codes, patient = self._codes, record.patient_id
        if record.previous_visit_date is not None or record.status == "cancelled":
            return False
        if not (
            record.visit_date in self._days
            and record.treatment_code in codes
            and record.facility_id in codes
            and record.region in codes
            and (record.diagnosis_code in self._diagnoses or record.diagnosis_code in self._normalised)
        ) and not self._check_and_cache(record):
            return False
        if not (patient.isprintable() and " " not in patient) and not self._is_id(patient):
            return False
        record.status = None
        record.diagnosis_code = self._normalised.get(record.diagnosis_code, record.diagnosis_code)
        if record.visit_id is not None:
            if not self._is_id(record.visit_id):
                return False
            record.visit_id = self._pseudonymise(record.visit_id)
        return True

    def _check_and_cache(self, record: PatientRecord) -> bool:
        """Ask the rules, and cache the values that pass."""
        rule = self.slow.rules
        diagnosis = rule["diagnosis_code"](record.diagnosis_code)
        codes = (record.treatment_code, record.facility_id, record.region)
        if (
            type(diagnosis) is not str
            or type(rule["visit_date"](record.visit_date)) is not str
            or not all(code is None or type(rule["treatment_code"](code)) is str for code in codes)
        ):
            return False
        known = len(self._days) + len(self._codes) + len(self._diagnoses) + len(self._normalised)
        if known > _MOST_CACHED:
            self._clear_caches()
        self._days.add(record.visit_date)
        self._codes.update(codes, (None,))
        if diagnosis == record.diagnosis_code:
            self._diagnoses.add(diagnosis)
        else:
            self._normalised[record.diagnosis_code] = diagnosis
        return True

    def _clear_caches(self) -> None:
        self._days.clear()
        self._codes.clear()
        self._diagnoses.clear()
        self._normalised.clear()

    def _is_id(self, given: str) -> bool:
        return type(self._id_rule(given)) is str

    def _normalise_time(self, record: PatientRecord) -> bool:
        """Bring `recorded_at` to its stored form; whole seconds in UTC are looked up in three parts."""
        given = record.recorded_at or ""
        # 2025-12-22, T08: and 30:00Z: each day, hour and second is checked once, and any three of them fit.
        parts = given[:10], given[10:14], given[14:]
        if parts[0] in self._calendar and parts[1] in self._hours and parts[2] in self._seconds:
            return True
        normalised = rules.recorded_at(given)
        if not isinstance(normalised, str) or isinstance(normalised, Reason):
            return False
        if normalised == given and len(given) == _WHOLE_SECOND and len(self._calendar) < _MOST_CACHED:
            self._calendar.add(parts[0])
            self._hours.add(parts[1])
            self._seconds.add(parts[2])
        record.recorded_at = normalised
        return True


def _longest(values: Sequence[bytes | None]) -> int:
    """Bytes of the longest value; tombstones are rare, and looking for them would double the cost."""
    try:
        return max(map(len, values), default=0)  # type: ignore[arg-type]  # a tombstone raises TypeError
    except TypeError:
        return max(len(value or b"") for value in values)
