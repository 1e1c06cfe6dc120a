"""The quarantine: one line for each rejected message, with its reason and its bytes; and its reader."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from healthtrends.envelopes import SCHEMA_HEADERS
from healthtrends.ingest.ports import Message
from healthtrends.model.rejection import Rejection
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import damaged, read_lines
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State

_LONGEST_KEY = 4096
_SCHEMA_ID_BYTES = range(5, 18)


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
    key_base64: bytes | None = None
    """Key of a message in an envelope, which reads it; None: it has none, or more than 4 KiB."""
    headers: dict[str, bytes] | None = None
    """Headers of such a message that name its schemas, values in base64."""
    kept_bytes: int | None = None
    """Of an encrypted line, the bytes of the message that it holds; None: no value, or a plain line."""
    sealed_key_id: str | None = None
    """Of an encrypted line, the id of the pseudonym key whose subkey encrypts it."""
    sealed_base64: bytes | None = None
    """Of an encrypted line, nonce, content and tag, in place of `raw_base64` and `key_base64`."""

    @property
    def kept(self) -> int | None:
        """Bytes that are kept of the message, encrypted or not; None: it had no value."""
        return self.kept_bytes if self.raw_base64 is None else len(self.raw_base64)

    @property
    def is_cut(self) -> bool:
        """True when only the first bytes of the message are kept."""
        return self.raw_bytes is not None


def make_reject(
    topic: str, message: Message, rejection: Rejection, keep: int, *, with_key: bool = False
) -> Reject:
    """Make the line of a rejected message, with at most `keep` bytes of it; `with_key` also what names it."""
    raw, keep = message.value(), 0 if rejection.is_withheld else keep
    key, headers = _names(message) if with_key and not rejection.is_withheld else (None, None)
    whole = Reject(
        topic=topic,
        partition=message.partition(),
        offset=message.offset(),
        timestamp=message.timestamp()[1],
        reason=rejection.reason.value,
        field=rejection.field,
        raw_base64=raw,
        part=rejection.part,
        key_base64=key,
        headers=headers,
    )
    if raw is None or len(raw) <= keep:
        return whole
    digest = hashlib.sha256(raw).hexdigest()
    return msgspec.structs.replace(whole, raw_base64=raw[:keep], raw_bytes=len(raw), raw_sha256=digest)


def _names(message: Message) -> tuple[bytes | None, dict[str, bytes] | None]:
    """The key, and the headers that name schemas."""
    key = message.key()
    given = {name: text for name, text in message.headers() or () if text}
    headers = {name: given[name] for name in SCHEMA_HEADERS if len(given.get(name, b"")) in _SCHEMA_ID_BYTES}
    return key if key is not None and len(key) <= _LONGEST_KEY else None, headers or None


def without_content(reject: Reject) -> Reject:
    """Return the line with no byte of the message."""
    raw = reject.raw_base64 or b""
    reject = msgspec.structs.replace(reject, key_base64=None)
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
