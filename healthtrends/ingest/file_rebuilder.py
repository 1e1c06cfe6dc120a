"""Rebuilds the lines of a file from the messages they came from.

Messages that lie in quarantine now, or that a replay took out of it, are no part of a record file that a
batch wrote: they are left out, whatever today's rules say of them.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from healthtrends.ingest.ports import Message, Topic
from healthtrends.ingest.quarantine import Reject, make_reject, read_rejects
from healthtrends.ingest.range_reader import read_ranges
from healthtrends.ingest.replay import RejectDecoder
from healthtrends.ingest.settings import IngestSettings
from healthtrends.ingest.transform import Transform
from healthtrends.model.decoder import facts, record_lines, rejections
from healthtrends.model.rejection import Reason, Rejection, Skip
from healthtrends.observe import Bar
from healthtrends.storage.log import CommitLog
from healthtrends.storage.staged_file import Range, Reading, StagedFile
from healthtrends.storage.state import State

RebuiltLine = tuple[bytes, str | None]
"""A line without its end, and its `recorded_at`; None in a reject."""


class FileRebuilder:
    """Reads messages again at one state of the log."""

    def __init__(
        self, topic: Topic, log: CommitLog, state: State, settings: IngestSettings, bar: Bar
    ) -> None:
        self._topic = topic
        self._log = log
        self._state = state
        self._settings = settings
        self._bar = bar
        self._encode = msgspec.json.Encoder().encode

    def records(
        self, file: StagedFile, readings: Sequence[Reading], transform: Transform | None
    ) -> Iterator[RebuiltLine]:
        """Lines of the file's date. Raises DamageFound when a reject file that decides is damaged."""
        left_out = self._left_out([each for r in readings if not r.by_offset for each in r.ranges])
        for reading in readings:
            decoder = self._decoder(reading, transform if reading.by_offset else None)
            for message in self._messages(reading):
                if not reading.by_offset and (message.partition(), message.offset()) in left_out:
                    continue
                decoded = decoder.decode(message)
                for line in record_lines(decoded):
                    if line.visit_date == file.date:
                        yield self._encode(line), line.recorded_at

    def facts(self, readings: Sequence[Reading], transform: Transform | None) -> Iterator[RebuiltLine]:
        """Lines of a fact file. Raises DamageFound as `records`."""
        left_out = self._left_out([each for r in readings if not r.by_offset for each in r.ranges])
        for reading in readings:
            decoder = self._decoder(reading, transform if reading.by_offset else None)
            for message in self._messages(reading):
                if not reading.by_offset and (message.partition(), message.offset()) in left_out:
                    continue
                decoded = decoder.decode(message)
                for fact in facts(decoded, message.partition(), message.offset()):
                    yield self._encode(fact), fact.at

    def rejects(self, readings: Sequence[Reading]) -> Iterator[RebuiltLine]:
        """Lines of quarantine; messages that a replay read stay in it, even if they pass today's rules."""
        for reading in readings:
            decoder = self._decoder(reading, None)
            for message in self._messages(reading):
                decoded = decoder.decode(message)
                refused = rejections(decoded)
                for each in refused:
                    yield self._encode(self._reject(decoder, message, each)), None
                if not refused and reading.by_offset and not isinstance(decoded, Skip):
                    yield self._encode(self._reject(decoder, message, Rejection(Reason.EARLIER_RULES))), None

    def _decoder(self, reading: Reading, transform: Transform | None) -> RejectDecoder:
        return RejectDecoder(
            self._settings, transform, dt.date.fromisoformat(reading.clock_date), reading.format
        )

    def _messages(self, reading: Reading) -> Iterator[Message]:
        for message in read_ranges(self._topic, reading.ranges):
            self._bar.advance()
            yield message

    def _reject(self, decoder: RejectDecoder, message: Message, why: Rejection) -> Reject:
        keep = self._settings.reject_bytes
        plain = make_reject(self._topic.name, message, why, keep, with_key=decoder.reads_keys)
        return self._settings.cipher.seal(plain)

    def _left_out(self, ranges: Sequence[Range]) -> set[tuple[int, int]]:
        """Offsets of `ranges` that are in quarantine or were replayed."""
        found = {
            (partition, offset)
            for files in self._state.files.values()
            for file in files.values()
            for reading in file.readings
            if reading.by_offset
            for partition, first, end in reading.ranges
            if _overlaps((partition, first, end), ranges)
            for offset in range(first, end)
        }
        for file in self._state.rejects.values():
            if any(_overlaps(each, ranges) for each in file.ranges):
                # A message of which only a part is rejected is in the files too.
                found.update(
                    (r.partition, r.offset) for _, r in read_rejects(self._log, file) if r.part is None
                )
        return found


def _overlaps(one: Range, ranges: Sequence[Range]) -> bool:
    return any(one[0] == p and one[1] < end and first < one[2] for p, first, end in ranges)
