"""Interface engines: senders that repeat on a new connection what was not acknowledged."""

import collections
import threading
import time

from tests.mllp.door import Sender, message, msa

WINDOW = 8  # messages of a sender without an answer
PATIENCE = 10.0


class Engine(threading.Thread):
    """An interface engine with one connection; it keeps what was acknowledged, and what it ever sent."""

    def __init__(self, number: int, address: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._number, self._address, self._stop_request = number, address, stop
        self._next = 0
        self._is_abandoned = False
        self._waiting: collections.deque[str] = collections.deque()
        self.acknowledged: list[str] = []
        self.sent_again = 0

    def abandon(self) -> None:
        """Connect no more, whatever is unanswered."""
        self._is_abandoned = True

    def run(self) -> None:
        while not self._is_abandoned and (not self._stop_request.is_set() or self._waiting):
            try:
                with Sender(self._address, timeout=PATIENCE) as sender:
                    self._converse(sender)
            except OSError:  # the door was killed; try the next one
                time.sleep(0.05)

    def _converse(self, sender: Sender) -> None:
        self.sent_again += len(self._waiting)
        sender.send(*map(message, self._waiting))
        while not self._stop_request.is_set() or self._waiting:
            while len(self._waiting) < WINDOW and not self._stop_request.is_set():
                self._next += 1
                self._waiting.append(f"{self._number}-{self._next}")
                sender.send(message(self._waiting[-1]))
            if not self._waiting:
                return
            answer = sender.answer()
            if not answer:
                raise ConnectionResetError
            assert msa(answer) == ("AA", self._waiting[0])
            self.acknowledged.append(self._waiting.popleft())
