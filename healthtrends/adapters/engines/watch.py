"""Patience with a cluster: Spark itself waits for ever for executors that nobody gives."""

import threading
from collections.abc import Callable

from healthtrends.clock import Deadline

_LOOK_SECONDS = 0.5


class Watch:
    """Ends a wait in vain: once `starved` has held for `seconds` without a break it calls `give_up`."""

    def __init__(self, seconds: float, starved: Callable[[], bool], give_up: Callable[[], None]) -> None:
        self.seconds = seconds
        self.gave_up = False
        self._starved = starved
        self._give_up = give_up
        self._over = threading.Event()
        threading.Thread(target=self._look, name="cluster-watch", daemon=True).start()

    def end(self) -> None:
        """Look no more."""
        self._over.set()

    def _look(self) -> None:
        patience = Deadline(self.seconds)
        while not self._over.wait(_LOOK_SECONDS):
            if not self._starved():
                patience = Deadline(self.seconds)
            elif patience.passed():
                self.gave_up = True
                self._give_up()
                return
