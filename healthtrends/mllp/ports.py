"""Protocol of the topic as the door sees it: a message in, one report of its delivery out."""

import enum
from collections.abc import Callable
from typing import Protocol

from healthtrends.errors import HealthTrendsError


class Delivery(enum.Enum):
    """What became of a message that was given to the topic."""

    CONFIRMED = "confirmed"
    """All in-sync replicas have it."""
    FAILED = "failed"
    """Not confirmed; it may lie in the topic all the same."""
    REFUSED = "refused"
    """The broker takes no such message; another try gives the same."""


class Publisher(Protocol):
    """A connection to one topic."""

    def publish(self, value: bytes, key: bytes, delivered: Callable[[Delivery], None]) -> None:
        """Queue a message and return at once; `delivered` is called once, from any thread."""

    def is_broken(self) -> bool:
        """True once no message can be delivered any more by this connection."""

    def refused(self) -> HealthTrendsError | None:
        """Why the broker takes nothing from this client; None: no such reason is known."""

    def close(self) -> None:
        """Drop what is still queued and end the connection."""
