"""Ctrl-C while sending: stop reading, but let go of nothing that is already on its way.

A KeyboardInterrupt in the middle of a client's callback would lose a count, so the first Ctrl-C only sets a
flag. The one place where an exception is wanted is the wait for the next record, which may never come.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether to stop, and whether a person asked for it."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._reading = False
        self.pressed = False

    def wanted(self) -> bool:
        """True once reading should end."""
        return self.pressed or self._stop.is_set()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Inside, the first Ctrl-C raises at once; it is swallowed here and leaves `pressed` set."""
        self._reading = True
        try:
            yield
        except KeyboardInterrupt:
            self.pressed = True
        finally:
            self._reading = False

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Set the flag; raise for a reader that waits, and at the second Ctrl-C."""
        again, self.pressed = self.pressed, True
        if again or self._reading:
            raise KeyboardInterrupt


@contextmanager
def interruptible(stop: threading.Event) -> Iterator[Interrupt]:
    """Take over Ctrl-C for a while; elsewhere than in the main thread, or where it is ignored, leave it."""
    interrupt = Interrupt(stop)
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before in (signal.SIG_IGN, None):
        yield interrupt
        return
    signal.signal(signal.SIGINT, interrupt.on_signal)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
