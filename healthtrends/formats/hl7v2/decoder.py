"""Decoder of values with one HL7v2 message, several, or a batch file (FHS, BHS)."""

from collections.abc import Sequence
from contextlib import suppress

from healthtrends.formats.hl7v2.charsets import read_text
from healthtrends.formats.hl7v2.ids import Ids, identifiers
from healthtrends.formats.hl7v2.reader import Reader
from healthtrends.formats.hl7v2.refusal import Refusal
from healthtrends.formats.hl7v2.segments import RawMessage, split_messages
from healthtrends.formats.hl7v2.times import Times
from healthtrends.model.decoder import DecoderOptions, Outcome, Part
from healthtrends.model.facts import VisitFact
from healthtrends.model.record import PatientRecord
from healthtrends.model.rejection import Reason, Rejection, Skip

_ID_FIELDS = {"PID": (3,), "MRG": (1,)}


class Hl7Decoder:
    """Decodes messages under one clock date and one key; keep one for a batch or longer."""

    def __init__(self, options: DecoderOptions) -> None:
        self.longest = 0
        """Bytes of the longest message of the last call."""
        source = options.source
        self._largest = options.largest_message
        self._charset = source.charset
        self._ids = Ids(source.patient_id_type, options.pseudonymise)
        self._reader = Reader(source, Times(source.timezone, options.latest_visit), self._ids)

    def take_unknown_fields(self) -> int:
        """Return 0: most fields of HL7v2 are of no use here, and their number would say nothing."""
        return 0

    def decode_all(
        self, values: Sequence[bytes | None], broker_ms: Sequence[int]
    ) -> tuple[list[PatientRecord], list[tuple[int, Outcome]]]:
        """Decode messages; each gives facts, never a record by itself."""
        self.longest = max((len(value or b"") for value in values), default=0)
        decode = self._decode
        pairs = zip(values, broker_ms, strict=True)
        return [], [(position, decode(value, ms)) for position, (value, ms) in enumerate(pairs)]

    def decode(self, value: bytes | None, broker_ms: int) -> Outcome:
        """Decode one value; `broker_ms` tells which of two messages of one id came first."""
        self.longest = len(value or b"")
        return self._decode(value, broker_ms)

    def patients(self, value: bytes | None) -> frozenset[str]:
        """Patients in PID-3 and MRG-1 as far as they can be read, in the form of facts."""
        found: set[str] = set()
        text = read_text(value or b"", self._charset)
        for message in split_messages(text.text, text.charset):
            if not message.separators.field:
                continue
            for name, fields in message.segments:
                for number in _ID_FIELDS.get(name, ()):
                    for given, _ in identifiers(fields[number], message.separators):
                        with suppress(Refusal):
                            found.add(self._ids.pseudonym(given, name))
        return frozenset(found)

    def _decode(self, value: bytes | None, broker_ms: int) -> Outcome:
        if value is None:
            return Rejection(Reason.NULL_VALUE)
        if len(value) > self._largest:
            return Rejection(Reason.TOO_LARGE)
        text = read_text(value, self._charset)
        messages = split_messages(text.text, text.charset)
        if len(messages) == 1:
            parts = self._reader.read(messages[0], broker_ms, value)
        else:
            parts = self._several(messages, broker_ms)
        if text.is_doubtful:
            for part in parts:
                if isinstance(part, VisitFact):
                    part.flags = (*part.flags, "charsets")
        return _joined(parts)

    def _several(self, messages: Sequence[RawMessage], broker_ms: int) -> list[Part]:
        """Parts of all messages; what is rejected names its message."""
        parts: list[Part] = []
        for number, message in enumerate(messages, 1):
            for part in self._reader.read(message, broker_ms, message.text.encode("utf-8", "replace")):
                if isinstance(part, Rejection):
                    inner = f".{part.part}" if part.part else ""
                    part = Rejection(part.reason, part.field, f"MSH[{number}]{inner}")  # noqa: PLW2901
                parts.append(part)
        return parts or [Rejection(Reason.HL7_NO_MSH, "MSH")]


def _joined(parts: Sequence[Part]) -> Outcome:
    """Outcome of a value: where nothing of it can be used, it is rejected or skipped as a whole."""
    if len(parts) == 1 and isinstance(parts[0], VisitFact):  # the usual case
        return tuple(parts)
    if any(not isinstance(part, Rejection | Skip) for part in parts):
        if all(not isinstance(part, Rejection) or part.part for part in parts):
            return tuple(parts)
        # A rejection without a place of its own, beside facts: its place is its field.
        return tuple(
            Rejection(part.reason, part.field, part.field)
            if isinstance(part, Rejection) and not part.part
            else part
            for part in parts
        )
    refused = next((part for part in parts if isinstance(part, Rejection)), None)
    if refused is not None:
        return Rejection(refused.reason, refused.field)
    skip = parts[0]
    return skip if isinstance(skip, Skip) else Rejection(Reason.HL7_NO_MSH, "MSH")
