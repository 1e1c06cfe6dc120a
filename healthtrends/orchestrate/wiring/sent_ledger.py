"""Ledger of what was sent to a topic before: one small file in the home for each source and topic.

Bound to the topic's own id and to its offsets, so a topic that was made anew, or has lost its beginning, is
noticed. It is best effort: where it fails, more is read, or a warning is not given.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from healthtrends import __version__, clock
from healthtrends.config import home
from healthtrends.config.permissions import SENT, keep_private
from healthtrends.devstack.atomic_files import write_whole
from healthtrends.errors import ConfigError
from healthtrends.ingest.ports import Bounds
from healthtrends.observe import debug_event


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One source that is in the topic, every record of it."""

    name: str
    """As the user named it."""
    sent_at: str
    bounds: dict[int, tuple[int, int]]
    """By partition, the oldest offset and the offset after the newest once all was in it; may be empty."""


_SENT = msgspec.json.Decoder(Sent)


def plan_digest(plan: object) -> str:
    """Digest of what synthetic records are made from; another version may make others of it."""
    return hashlib.sha256(f"{__version__} {plan!r}".encode()).hexdigest()


class SentLedger:
    """The ledger of one topic."""

    def __init__(self, topic_id: str) -> None:
        self._topic_id = topic_id

    def find(self, digest: str) -> Sent | None:
        """Give what is remembered of a source with these bytes; None: nothing, or it cannot be read."""
        try:
            return _SENT.decode(self._path(digest).read_bytes())
        except (OSError, ConfigError, msgspec.DecodeError):
            return None

    def is_held(self, digest: str, bounds: Mapping[int, Bounds]) -> bool:
        """Say whether the topic, which now has these bounds, still holds all of the source."""
        found = self.find(digest)
        if found is None or not found.bounds:
            return False
        return all(
            partition in bounds and bounds[partition].first <= first and bounds[partition].end >= end
            for partition, (first, end) in found.bounds.items()
        )

    def add(self, digest: str, name: str, bounds: Mapping[int, Bounds]) -> None:
        """Remember a source that is in the topic as a whole; without `bounds` only that it was sent."""
        found = Sent(
            name=name,
            sent_at=clock.now().isoformat(timespec="seconds"),
            bounds={partition: (each.first, each.end) for partition, each in bounds.items()},
        )
        try:
            keep_private(home())
            write_whole(self._path(digest), msgspec.json.encode(found))
        except (OSError, ConfigError) as error:
            debug_event("produce.not_remembered", error=type(error).__name__)

    def _path(self, digest: str) -> Path:
        # librdkafka gives ids in plain base64: with a slash in front the path would leave the home.
        return home() / SENT / self._topic_id.replace("/", "_") / f"{digest}.json"
