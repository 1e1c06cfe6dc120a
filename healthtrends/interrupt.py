"""Handling of Ctrl-C and SIGTERM: once to end in order (exit 130), twice to stop at once.

Python runs a signal handler only between two steps of the main thread, which may wait in a client
library for long. So presses are counted by a thread of their own, fed by the interpreter's C handler.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 130
FORCED_EXIT_CODE = 5
"""Of a process that could not end in order: a server did not answer."""
STOP_SECONDS = 28.0  # a service manager's patience is 30


def install() -> None:
    """Take over SIGINT for the process; called by the entry point only."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, _Interrupt())
    # The interpreter restores the default while it ends; a late press would then change the exit code.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_count, args=(reading,), name="ctrl-c", daemon=True).start()


class _Interrupt:
    """Raises at the first Ctrl-C, and ends the process at the second: nothing may be left to catch that."""

    def __init__(self) -> None:
        self._was_pressed = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        if self._was_pressed:
            os._exit(EXIT_CODE)
        self._was_pressed = True
        raise KeyboardInterrupt


def handled() -> int:
    """Return the exit code of a Ctrl-C that was caught.

    One that came while code was made from a string (each dataclass is) leaves a mark in the
    interpreter, which then ends by the signal in place of this code. Running any string takes it away.
    """
    exec("pass")  # noqa: S102  a constant
    return EXIT_CODE


def _count(reading: int) -> None:
    presses = 0
    while numbers := os.read(reading, 64):
        if signal.SIGTERM in numbers:
            _FORCED_END.begin()
        presses += numbers.count(signal.SIGINT)
        if presses > 1:
            os._exit(EXIT_CODE)
        if presses:
            sys.stderr.write("\nstopping in order; press Ctrl-C again to stop at once\n")


class _ForcedEnd:
    """Ends the process some time after SIGTERM, while a command has asked for it.

    A call that waits for a server can take longer than a service manager waits, which would then kill.
    What is not committed by then is still in the topic, so nothing is lost either way.
    """

    def __init__(self) -> None:
        self._seconds: float | None = None
        self._timer: threading.Timer | None = None

    def arm(self, seconds: float) -> None:
        self._seconds = seconds

    def disarm(self) -> None:
        self._seconds = None
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def begin(self) -> None:
        if self._seconds is None or self._timer is not None:
            return
        self._timer = threading.Timer(self._seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    @staticmethod
    def _end() -> None:
        sys.stderr.write("stopped without waiting for a server any longer; nothing accepted is lost\n")
        sys.stderr.flush()
        os._exit(FORCED_EXIT_CODE)


_FORCED_END = _ForcedEnd()


class StopRequest:
    """Set by SIGTERM (exit 0) or by the first Ctrl-C (exit 130)."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.interrupted = False


@contextmanager
def _handler(number: signal.Signals, handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle a signal inside the block, and put the handler of before back."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def put_off() -> Iterator[threading.Event]:
    """Let the first Ctrl-C set the event, and raise it at the end of the block instead of in its middle."""
    event = threading.Event()
    try:
        with _handler(signal.SIGINT, lambda *_: event.set()):
            yield event
    finally:
        if event.is_set():  # also in place of a failure that would be tried again
            raise KeyboardInterrupt


@contextmanager
def stop_request(patience: float = STOP_SECONDS) -> Iterator[StopRequest]:
    """Let a long-lived command end at its next safe point instead of in the middle.

    So many seconds after SIGTERM the process ends wherever it is.
    """
    request = StopRequest()

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        request.interrupted = True
        request.event.set()

    with (
        _handler(signal.SIGTERM, lambda *_: request.event.set()),
        _handler(signal.SIGINT, on_interrupt),
    ):
        _FORCED_END.arm(patience)
        try:
            yield request
        finally:
            _FORCED_END.disarm()


class SendInterrupt:
    """State of an interrupt while records are sent: whether to stop, and whether Ctrl-C was pressed.

    A KeyboardInterrupt in the middle of a client's callback would lose a count, so the first Ctrl-C only sets
    a flag. Only the wait for the next record, which may never come, is ended by an exception.
    """

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
def while_sending(stop: threading.Event) -> Iterator[SendInterrupt]:
    """Handle Ctrl-C for a while; not outside of the main thread, nor where it is ignored."""
    interrupt = SendInterrupt(stop)
    is_ignored = signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, None)
    if threading.current_thread() is not threading.main_thread() or is_ignored:
        yield interrupt
        return
    with _handler(signal.SIGINT, interrupt.on_signal):
        yield interrupt
