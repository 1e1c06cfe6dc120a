"""Rows become records of the contract before they are sent; one that cannot is sent as it is."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from healthtrends.formats.mapped.decoder import MappedDecoder
from healthtrends.model.decoder import Outcome
from healthtrends.model.record import Cancellation, PatientRecord
from healthtrends.model.rejection import Rejection, Skip
from healthtrends.sources.source_record import SourceRecord


class RowMapping:
    """Maps rows, and counts what becomes of them."""

    def __init__(self, decoder: MappedDecoder) -> None:
        """`decoder` leaves ids as they are: the ingest makes the pseudonyms."""
        self.rows = 0
        self.records = 0
        """Records that were made, one or several of a row."""
        self.left_out: Counter[str] = Counter()
        """Rows that rightly give no record, by reason."""
        self.as_they_are: Counter[str] = Counter()
        """Rows that are sent as they are, as nothing or not all of them can be read, by reason and field."""
        self._decoder = decoder
        self._has_time = "recorded_at" in decoder.mapper.readers
        self._encode = msgspec.json.Encoder().encode

    def records_of(self, rows: Iterable[SourceRecord]) -> Iterator[SourceRecord]:
        """Yield what is to be sent: the records of each row, and the row itself where a part is wrong."""
        for row in rows:
            self.rows += 1
            outcome = self._decoder.decode(row.value, 0)
            yield from self._records(outcome)
            faults = [part for part in _parts(outcome) if isinstance(part, Rejection)]
            if faults:
                self.as_they_are[" ".join(filter(None, (faults[0].reason.value, faults[0].field)))] += 1
                yield row
            elif isinstance(outcome, Skip):
                self.left_out[outcome.reason.value] += 1

    def _records(self, outcome: Outcome) -> Iterator[SourceRecord]:
        is_moved = False
        for part in _parts(outcome):
            if not isinstance(part, PatientRecord | Cancellation):
                continue
            if isinstance(part, Cancellation) and is_moved:
                continue  # the ingest makes it of the record that says where it was before
            is_moved = isinstance(part, PatientRecord) and part.previous_visit_date is not None
            if not self._has_time:
                part.recorded_at = None  # as senders leave it out: the broker's time counts
            self.records += 1
            yield SourceRecord(self._encode(part), part.patient_id.encode("utf-8", "surrogatepass"))


def _parts(outcome: Outcome) -> tuple[object, ...]:
    return outcome if isinstance(outcome, tuple) else (outcome,)
