"""A topic for `mllp` in memory: keeps what is published, and confirms, fails or holds it as a test says."""

import threading
from collections.abc import Callable

from healthtrends.mllp.ports import Delivery


class MemoryPublisher:
    """A `mllp.ports.Publisher`. Confirms at once unless `outcome` says otherwise; None holds the reports."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        """All that was given to it, also what is not confirmed."""
        self.keys: list[bytes] = []
        self.outcome: Delivery | None = Delivery.CONFIRMED
        self.broken = False
        self._held: list[Callable[[Delivery], None]] = []
        self._lock = threading.Lock()

    def publish(self, value: bytes, key: bytes, delivered: Callable[[Delivery], None]) -> None:
        """Keep a message."""
        with self._lock:
            self.values.append(value)
            self.keys.append(key)
            if self.outcome is None:
                self._held.append(delivered)
                return
        delivered(self.outcome)

    @property
    def held(self) -> int:
        """How many reports are held."""
        return len(self._held)

    def report(self, delivery: Delivery, *, newest_first: bool = False) -> None:
        """Report on all messages that are held."""
        with self._lock:
            held, self._held = self._held, []
        for delivered in reversed(held) if newest_first else held:
            delivered(delivery)

    def refused(self) -> None:
        """Nothing is refused here."""

    def is_broken(self) -> bool:
        """As a test set it."""
        return self.broken

    def close(self) -> None:
        """Keep everything, so that a test can look at it."""
