"""Decoder of rows with other names and codings, under the mapping of `[source.mapping]`.

It is the decoder of `formats/record.py` behind a step that makes records of rows. As there, a fast path takes
what is plain, and a slow one decides about the rest; a property test compares the two.
"""

from typing import Never

from healthtrends import clock
from healthtrends.formats.mapped.fast_rows import FastRows, NotPlain, plain_columns
from healthtrends.formats.mapped.field_readers import columns_of
from healthtrends.formats.mapped.rows import Mapped, RowMapper
from healthtrends.formats.mapped.visit_facts import visit_fact
from healthtrends.formats.record import RecordDecoder
from healthtrends.model.decoder import DecoderOptions, Outcome, Part
from healthtrends.model.field_decoder import outcome_of
from healthtrends.model.named_patients import named_patients
from healthtrends.model.record import Cancellation, PatientRecord
from healthtrends.model.rejection import Rejection, Skip


class MappedDecoder(RecordDecoder):
    """Decodes rows under one clock date and one key; keep one for a batch or longer."""

    def __init__(self, options: DecoderOptions, *, lines_only: bool = False) -> None:
        """Compile the mapping; `lines_only` makes no facts. Raises ConfigError for one that cannot be."""
        super().__init__(options.latest_visit, options.pseudonymise, options.largest_message)
        self.mapper = RowMapper(options.source, self.slow)
        self._zone = clock.time_zone(options.source.timezone)
        self._gives_facts = self.mapper.gives_facts and not lines_only
        columns = plain_columns(self.mapper)
        self._parse = _never_plain if columns is None else FastRows(self.mapper, self.slow, columns).parser()

    def take_unknown_fields(self) -> int:
        """0: columns that the mapping does not name are not looked at."""
        return 0

    def decode_slowly(self, value: bytes | None, broker_ms: int) -> Outcome:
        """Decode one message without the fast path."""
        row = self.slow.parse(value)
        if isinstance(row, Rejection):
            return row
        mapped = self.mapper.map_row(row, value or b"")
        parts = [part for each in mapped for part in self._decode_part(each, broker_ms)]
        lines = [part for part in parts if isinstance(part, PatientRecord | Cancellation)]
        if lines and self._gives_facts:
            left_out = [part for part in parts if isinstance(part, Rejection | Skip)]
            wrong = sum(isinstance(part, Rejection) for part in left_out)
            return (visit_fact(lines, wrong, self._zone), *left_out)
        if lines:
            return tuple(parts)
        # Nothing of it is a record: rejected as a whole, or left out when no part of it is wrong.
        for part in parts:
            if isinstance(part, Rejection):
                return Rejection(part.reason, part.field)
        return next(part for part in parts if isinstance(part, Skip))

    def patients(self, value: bytes | None) -> frozenset[str]:
        """Ids of the patients that a message names, as records store them."""
        columns = columns_of(self.mapper.rules["patient_id"])
        found = {
            patient for column in columns for patient in named_patients(value or b"", self._largest, column)
        }
        row = self.slow.parse(value)
        if not isinstance(row, Rejection):
            patient = self.mapper.readers["patient_id"].read(row)
            found |= {patient} if isinstance(patient, str) else set()
        return frozenset(map(self._pseudonymise, found))

    def _decode_part(self, mapped: Mapped, broker_ms: int) -> tuple[Part, ...]:
        if isinstance(mapped.fields, Skip):
            return (mapped.fields,)
        found = mapped.fields
        outcome = (
            found if isinstance(found, Rejection) else outcome_of(self.slow.decode_object(found, broker_ms))
        )
        if isinstance(outcome, Rejection):
            return (Rejection(outcome.reason, outcome.field, mapped.part),)
        return outcome if isinstance(outcome, tuple) else (outcome,)


def _never_plain(_: bytes) -> Never:
    raise NotPlain
