"""What the readers of resources share: the tools of a decoder, and the place of a resource in its message."""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from healthtrends.config.source import Source
from healthtrends.formats.fhir.codings import Codings
from healthtrends.formats.fhir.references import Index, References
from healthtrends.formats.fhir.resources import Entry, Meta
from healthtrends.formats.fhir.times import Times
from healthtrends.model.rejection import Reason, Rejection

_VERSION_DIGITS = 20
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Tools:
    """Tools of a decoder."""

    source: Source
    times: Times
    references: References
    codings: Codings


@dataclass(slots=True)
class Place:
    """Where a resource stands."""

    received: int
    """Broker time of the message, ms."""
    at: str
    """The same, as a fact writes it."""
    content: bytes | msgspec.Raw
    """Bytes of the resource."""
    part: str | None = None
    """Such as `entry[3]`; None: the resource is the message."""
    entry: Entry | None = None
    index: Index = field(default_factory=dict)
    name: str | None = None
    """Name of the resource where it does not give one itself, as inside of another one."""

    def reject(self, reason: Reason, field: str | None) -> Rejection:
        """Rejection of the resource, which is the whole message or a part of it."""
        return Rejection(reason, field, self.part)

    def reject_inside(self, reason: Reason, part: str, field: str) -> Rejection:
        """Rejection of a part of the resource."""
        return Rejection(reason, field, part if self.part is None else f"{self.part}.{part}")

    def name_by_content(self, given: str | None) -> str | None:
        """Name of a resource that has none, so that the same one again changes nothing; None: `given` has."""
        if given is not None:
            return None
        return f"content:{hashlib.blake2b(bytes(self.content), digest_size=_DIGEST_BYTES).hexdigest()}"


class Version(NamedTuple):
    """Of which version a resource is."""

    at: str
    tie: str
    is_placed: bool
    """It gives no time, so that the place of its message decides."""


def version(meta: Meta | None, place: Place, times: Times) -> Version | Reason:
    """Version by `meta.lastUpdated`, then `versionId`; without a time by its place."""
    if meta is None or meta.last_updated is None:
        return Version(place.at, "", is_placed=True)
    at = times.instant(meta.last_updated)
    return at if isinstance(at, Reason) else Version(at, padded(meta.version_id), is_placed=False)


def padded(number: str | int | None) -> str:
    """Number of a version as text that sorts as the number; one that is none stays as it is."""
    text = number if isinstance(number, str) else "" if number is None else str(number)
    return text.zfill(_VERSION_DIGITS) if text.isdigit() and text.isascii() else text
