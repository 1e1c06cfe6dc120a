"""Decoder of messages in envelopes: opens each, and gives what is inside to the format's decoder.

A change of a row gives the row's record, ordered by the time of the change, and cancellations of what the row
gave before and does not give any more: under its earlier date, code or patient. A row without a `record_id`
has the id of its table's key. Rows without an earlier state go through in one call for all.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from healthtrends.envelopes.content import Content, Envelope, Opened
from healthtrends.model import rules
from healthtrends.model.decoder import Decoder, DecoderOptions, Outcome, WholeMessage
from healthtrends.model.opt_out import OptOutDecoder
from healthtrends.model.record import ID_LENGTH, Cancellation, PatientRecord
from healthtrends.model.rejection import Reason, Rejection

Decoded = tuple[list[PatientRecord], list[tuple[int, Outcome]]]

_FILLED: Final = (None, "", 0, "1970-01-01")
"""What a database puts into columns of `before` that it does not keep."""
_EPOCH_PART: Final = 1000
"""Places on the topic that fit into a millisecond, as microseconds of the time that orders."""


class EnvelopeDecoder:
    """Decodes messages under one clock date and one key; keep one for a batch or longer."""

    def __init__(self, envelopes: Sequence[Envelope], inner: Decoder, options: DecoderOptions) -> None:
        self.longest = 0
        """Bytes of the longest message of the last call."""
        self._envelopes = envelopes
        self._inner = inner
        self._largest = options.largest_message
        self._pseudonymise = options.pseudonymise or (lambda identifier: identifier)
        self._is_id = rules.text(ID_LENGTH)
        self._time: tuple[int, str] = (-1, rules.broker_time(-1))

    def take_unknown_fields(self) -> int:
        """Fields dropped since the last call because no rule knows them."""
        return self._inner.take_unknown_fields()

    def patients(self, value: bytes | None) -> frozenset[str]:
        """Patients that a message names."""
        opened = self._open(Content(value))
        inside = (opened.value, opened.before) if isinstance(opened, Content) else (value,)
        return frozenset().union(*map(self._inner.patients, inside))

    def screen(self, value: bytes | None, outcome: Outcome) -> Outcome:
        """Outcome of a message that cannot be opened any more, by the opt-out list."""
        return self._inner.screen(value, outcome) if isinstance(self._inner, OptOutDecoder) else outcome

    def decode(self, value: bytes | None, broker_ms: int) -> Outcome:
        """Decode a message that has neither key nor headers."""
        return self._decode(Content(value, at_ms=broker_ms), 0)

    def decode_message(self, message: WholeMessage, value: bytes | None) -> Outcome:
        """Decode one message, with `value` in place of its own."""
        return self._decode(_content(message, value), message.offset())

    def decode_all(self, values: Sequence[bytes | None], broker_ms: Sequence[int]) -> Decoded:
        """Decode messages that have neither key nor headers."""
        contents = [Content(value, at_ms=ms) for value, ms in zip(values, broker_ms, strict=True)]
        return self._decode_all(contents, [0] * len(contents))

    def decode_messages(self, messages: Sequence[WholeMessage]) -> Decoded:
        """Decode messages: the records of those that give just one, and position and outcome of the rest."""
        contents = [_content(message, message.value()) for message in messages]
        return self._decode_all(contents, [message.offset() for message in messages])

    def _decode_all(self, contents: Sequence[Content], offsets: Sequence[int]) -> Decoded:
        self.longest = max((len(content.value or b"") for content in contents), default=0)
        plain: list[PatientRecord] = []
        others: list[tuple[int, Outcome]] = []
        opened = [self._open(content) for content in contents]
        simple = [
            at
            for at, each in enumerate(opened)
            if isinstance(each, Content) and each.before is None and not each.is_deletion
        ]
        inside = [each for at in simple if isinstance(each := opened[at], Content)]
        records, rest = self._inner.decode_all(
            [each.value for each in inside], [each.at_ms for each in inside]
        )
        outcomes, following = dict(rest), iter(records)
        for number, (at, content) in enumerate(zip(simple, inside, strict=True)):
            outcome = outcomes.get(number)
            if outcome is None:
                record = next(following)
                if content.is_change:
                    self._complete(record, content, offsets[at])
                plain.append(record)
            else:
                others.append((at, self._completed(outcome, content, offsets[at])))
        done = set(simple)
        others.extend(
            (at, self._outcome(each, offsets[at])) for at, each in enumerate(opened) if at not in done
        )
        others.sort(key=lambda other: other[0])
        return plain, others

    def _decode(self, content: Content, offset: int) -> Outcome:
        self.longest = len(content.value or b"")
        return self._outcome(self._open(content), offset)

    def _open(self, content: Content) -> Opened:
        if content.value is not None and len(content.value) > self._largest:
            return Rejection(Reason.TOO_LARGE)
        opened: Opened = content
        for envelope in self._envelopes:
            opened = envelope.open(content)
            if not isinstance(opened, Content):
                return opened
            content = opened
        return opened

    def _outcome(self, opened: Opened, offset: int) -> Outcome:
        if not isinstance(opened, Content):
            return opened
        if opened.is_deletion:
            return self._deletion(opened, offset)
        after = self._completed(self._inner.decode(opened.value, opened.at_ms), opened, offset)
        if opened.before is None or not isinstance(after, tuple):
            return after
        before = self._earlier(opened)
        if before and not all(record.record_id for record in before):
            return Rejection(Reason.MISSING_FIELD, "record_id")
        at = self._at(opened, offset)
        now: set[tuple[str, str | None, str]] = set()
        for line in after:
            if isinstance(line, PatientRecord):
                line.recorded_at = _later(line.recorded_at, before, at)
                now.add((line.patient_id, line.record_id, line.visit_date))
        gone = [each for each in before if (each.patient_id, each.record_id, each.visit_date) not in now]
        return (*after, *(_cancellation(each, at) for each in gone))

    def _deletion(self, opened: Content, offset: int) -> Outcome:
        at = self._at(opened, offset)
        before = self._earlier(opened) if opened.before is not None else []
        if not before:
            return self._deletion_by_id(opened, at)
        if not all(record.record_id for record in before):
            return Rejection(Reason.MISSING_FIELD, "record_id")
        return tuple(_cancellation(record, at) for record in before)

    def _deletion_by_id(self, opened: Content, at: str) -> Outcome:
        """Take a record back of whose row only ids are known, as the database keeps no more of it."""
        request = cancellation_request(opened)
        if request is None:
            return Rejection(Reason.DELETED_WITHOUT_ROW, "before")
        outcome = self._inner.decode(request, opened.at_ms)
        for line in outcome if isinstance(outcome, tuple) else ():
            if isinstance(line, Cancellation):
                line.recorded_at = at
        return outcome

    def _earlier(self, opened: Content) -> list[PatientRecord]:
        """Records that the row gave before."""
        decoded = self._inner.decode(opened.before, opened.at_ms)
        lines = decoded if isinstance(decoded, tuple) else ()
        records = [line for line in lines if isinstance(line, PatientRecord)]
        for record in records:
            self._name(record, opened)
        return records

    def _completed(self, outcome: Outcome, content: Content, offset: int) -> Outcome:
        if content.is_change and isinstance(outcome, tuple):
            for line in outcome:
                if isinstance(line, PatientRecord):
                    self._complete(line, content, offset)
        return outcome

    def _complete(self, record: PatientRecord, content: Content, offset: int) -> None:
        """Give a record the id of its row, and the place on the topic behind the time of its change."""
        self._name(record, content)
        if record.recorded_at == self._broker_time(content.at_ms):
            record.recorded_at = self._at(content, offset)

    def _name(self, record: PatientRecord, content: Content) -> None:
        own = content.row_id
        if record.record_id is None and own is not None and self._is_id(own) is own:
            record.record_id = self._pseudonymise(own)

    def _at(self, content: Content, offset: int) -> str:
        """Time of the change; in one millisecond the place on the topic decides, as microseconds."""
        time = self._broker_time(content.at_ms)[:-1]
        whole, _, digits = time.partition(".")
        fraction = f"{digits:0<3}{offset % _EPOCH_PART:03d}".rstrip("0")
        return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"

    def _broker_time(self, at_ms: int) -> str:
        if at_ms != self._time[0]:
            self._time = at_ms, rules.broker_time(at_ms)
        return self._time[1]


def _content(message: WholeMessage, value: bytes | None) -> Content:
    return Content(value, message.key(), message.headers() or (), message.timestamp()[1])


def _cancellation(record: PatientRecord, at: str) -> Cancellation:
    own = record.recorded_at or at
    return Cancellation(
        patient_id=record.patient_id,
        visit_date=record.visit_date,
        record_id=record.record_id or "",
        recorded_at=max(own, at, key=rules.time_order),
    )


def _later(own: str | None, before: Sequence[PatientRecord], at: str) -> str:
    """The row's own time where the change moved it on, else the time of the change."""
    earlier = max((each.recorded_at or "" for each in before), key=rules.time_order, default="")
    if own is not None and rules.time_order(own) > rules.time_order(earlier):
        return own
    return max(earlier, at, key=rules.time_order)


def cancellation_request(deleted: Content) -> bytes | None:
    """Write a cancellation of the format `record` from the ids of row and key; None: they are not enough."""
    known: dict[str, Any] = {}
    for text in (deleted.before, deleted.key):
        try:
            found = msgspec.json.decode(text or b"{}")
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            known |= {name: value for name, value in found.items() if value not in _FILLED}
    named = {name: known.get(name) for name in ("patient_id", "visit_date")}
    own = known.get("record_id", deleted.row_id)
    if own is None or None in named.values():
        return None
    return msgspec.json.encode({**named, "record_id": own, "status": "cancelled"})
