"""The quarantine: one line for each rejected message, with its reason and its bytes; and its reader."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from healthtrends.ingest.ports import Message
from healthtrends.model.rejection import Rejection
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import damaged, read_lines
from healthtrends.storage.manifest import StagedFile
from healthtrends.storage.state import State


class Reject(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of quarantine."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """Broker time, ms."""
    reason: str
    field: str | None
    raw_base64: bytes | None
    """The message as it came, base64 in the file, or its first bytes; None: it had no value."""
    raw_bytes: int | None = None
    """Length of the message, of which only the first bytes are kept; None: it is kept whole."""
    raw_sha256: str | None = None
    """SHA-256 of such a message, hexadecimal."""
    part: str | None = None
    """Part of a stored message that is rejected; None: the message as a whole is."""

    @property
    def is_cut(self) -> bool:
        """True when only the first bytes of the message are kept."""
        return self.raw_bytes is not None


def make_reject(topic: str, message: Message, rejection: Rejection, keep: int) -> Reject:
    """Make the line of a rejected message, with at most `keep` bytes of it."""
    raw, keep = message.value(), 0 if rejection.is_withheld else keep
    whole = Reject(
        topic=topic,
        partition=message.partition(),
        offset=message.offset(),
        timestamp=message.timestamp()[1],
        reason=rejection.reason.value,
        field=rejection.field,
        raw_base64=raw,
        part=rejection.part,
    )
    if raw is None or len(raw) <= keep:
        return whole
    digest = hashlib.sha256(raw).hexdigest()
    return msgspec.structs.replace(whole, raw_base64=raw[:keep], raw_bytes=len(raw), raw_sha256=digest)


def without_content(reject: Reject) -> Reject:
    """Return the line with no byte of the message."""
    raw = reject.raw_base64 or b""
    if reject.is_cut:
        return msgspec.structs.replace(reject, raw_base64=b"")
    digest = hashlib.sha256(raw).hexdigest()
    return msgspec.structs.replace(reject, raw_base64=b"", raw_bytes=len(raw), raw_sha256=digest)


_REJECT = msgspec.json.Decoder(Reject)


@dataclass(frozen=True, slots=True)
class RejectFilter:
    """Selects rejects; None: any value."""

    ingested: dt.date | None = None
    reason: str | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None

    def files(self, state: State) -> Iterator[StagedFile]:
        """Live reject files that can hold such rejects, oldest day first."""
        for day, files in state.reject_files.items():
            if self.ingested is None or day == self.ingested.isoformat():
                yield from (file for _, file in sorted(files.items()) if self._may_hold(file))

    def matches(self, reject: Reject) -> bool:
        """Whether this reject is selected."""
        return (
            self.reason in (None, reject.reason)
            and self.topic in (None, reject.topic)
            and self.partition in (None, reject.partition)
            and self.offset in (None, reject.offset)
        )

    def _may_hold(self, file: StagedFile) -> bool:
        return self.partition is None or any(
            partition == self.partition and (self.offset is None or first <= self.offset < end)
            for partition, first, end in file.ranges
        )


def read_rejects(log: CommitLog, file: StagedFile) -> Iterator[tuple[bytes, Reject]]:
    """Yield the lines of a reject file, raw and decoded.

    Raises DamageFound, after the last line, when the file differs from its manifest.
    """
    for line in read_lines(log, file):
        try:
            yield line, _REJECT.decode(line)
        except msgspec.DecodeError as error:
            raise damaged(file, "a line cannot be read") from error
