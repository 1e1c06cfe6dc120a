"""Decoder of FHIR messages: a resource, a bundle, or several resources in lines."""

from collections.abc import Sequence
from typing import Final

from healthtrends.formats.fhir import resources
from healthtrends.formats.fhir.bundle import lines
from healthtrends.formats.fhir.codings import Codings
from healthtrends.formats.fhir.context import Place, Tools
from healthtrends.formats.fhir.named_patients import named_patients
from healthtrends.formats.fhir.parsing import OTHER_TYPE, Parsed, parse
from healthtrends.formats.fhir.reader import Reader
from healthtrends.formats.fhir.references import References
from healthtrends.formats.fhir.resources import Bundle, Condition, LooseBundle
from healthtrends.formats.fhir.times import Times
from healthtrends.model.decoder import DecoderOptions, Outcome, Part
from healthtrends.model.facts import DiagnosisFact
from healthtrends.model.record import PatientRecord
from healthtrends.model.rejection import Reason, Rejection, Skip

_PERHAPS_LINES: Final = (Reason.INVALID_JSON, Reason.INVALID_UTF8)
"""What is said of a message of several lines, each of which may be a resource."""


class FhirDecoder:
    """Decodes messages under one clock date and one key; keep one for a batch or longer."""

    def __init__(self, options: DecoderOptions) -> None:
        self.longest = 0
        """Bytes of the longest message of the last call."""
        source = options.source
        self._largest = options.largest_message
        self._times = Times(source.timezone, options.latest_visit)
        self._references = References(source.patient_identifier, options.pseudonymise)
        self._patient_identifier = source.patient_identifier
        self._reader = Reader(Tools(source, self._times, self._references, Codings(source.diagnosis_systems)))

    def take_unknown_fields(self) -> int:
        """Return 0: most fields of FHIR are of no use here, and their number would say nothing."""
        return 0

    def decode_all(
        self, values: Sequence[bytes | None], broker_ms: Sequence[int]
    ) -> tuple[list[PatientRecord], list[tuple[int, Outcome]]]:
        """Decode messages; each gives facts, never a record by itself."""
        self.longest = max((len(value or b"") for value in values), default=0)
        read, plain, largest = resources.ANY.decode, self._reader.plain_condition, self._largest
        others: list[tuple[int, Outcome]] = []
        position = -1
        for value, ms in zip(values, broker_ms, strict=True):
            position += 1
            if value is None or len(value) > largest:
                others.append((position, self._decode(value, ms)))
                continue
            try:
                parsed: Parsed = read(value)
            except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
                parsed = parse(value)
            fact = plain(parsed, ms) if type(parsed) is Condition else None
            others.append((position, self._outcome(parsed, value, ms) if fact is None else (fact,)))
        return [], others

    def decode(self, value: bytes | None, broker_ms: int) -> Outcome:
        """Decode one message; `broker_ms` is its time where the message gives none."""
        self.longest = len(value or b"")
        return self._decode(value, broker_ms)

    def patients(self, value: bytes | None) -> frozenset[str]:
        """Patients that the bytes name as far as they can be read, in the form of facts."""
        names = named_patients(value or b"", self._patient_identifier)
        # Half of a surrogate pair is in no id, and has no bytes.
        written = {name.encode("utf-8", "replace").decode() for name in names}
        return frozenset(map(self._references.make, written))

    def _decode(self, value: bytes | None, broker_ms: int) -> Outcome:
        if value is None:
            return Rejection(Reason.NULL_VALUE)
        if len(value) > self._largest:
            return Rejection(Reason.TOO_LARGE)
        return self._outcome(parse(value), value, broker_ms)

    def _outcome(self, parsed: Parsed, value: bytes, broker_ms: int) -> Outcome:
        place = Place(broker_ms, self._times.broker(broker_ms), value)
        if isinstance(parsed, Rejection):
            several = lines(value, self._references) if parsed.reason in _PERHAPS_LINES else []
            return _joined(self._reader.several(several, place)) if several else parsed
        if isinstance(parsed, Skip):
            return parsed
        if isinstance(parsed, Bundle | LooseBundle):
            return _joined(self._reader.bundle(parsed, place))
        parts = self._reader.resource(parsed, place)
        return parts if len(parts) == 1 and not isinstance(parts[0], Rejection) else _joined(parts)


def _joined(parts: Sequence[Part]) -> Outcome:
    """Outcome of a message: where nothing of it can be used, it is rejected as a whole, to be replayed."""
    if any(not _is_unusable(part) for part in parts):
        return tuple(parts)
    refused = next((part for part in parts if isinstance(part, Rejection)), None)
    return OTHER_TYPE if refused is None else Rejection(refused.reason, refused.field)


def _is_unusable(part: Part) -> bool:
    return isinstance(part, Rejection) or (isinstance(part, DiagnosisFact) and part.unmapped > 0)
