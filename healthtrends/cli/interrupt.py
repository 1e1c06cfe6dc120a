"""Ctrl-C: once to end in order (exit 130), twice to stop at once.

Python runs a signal handler only between two steps of the main thread, which may wait in a client
library for long. So presses are counted by a thread of their own, fed by the interpreter's C handler.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 130


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
    """Raises at the first Ctrl-C, and ends the process at the second: nobody may be left to catch that."""

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
    interpreter, which then
    ends by the signal in place of this code. Running any string takes it away.
    """
    exec("pass")  # noqa: S102  a constant
    return EXIT_CODE


def _count(reading: int) -> None:
    presses = 0
    while numbers := os.read(reading, 64):
        presses += numbers.count(signal.SIGINT)
        if presses > 1:
            os._exit(EXIT_CODE)
        if presses:
            sys.stderr.write("\nstopping in order; press Ctrl-C again to stop at once\n")


class StopRequest:
    """Set by SIGTERM (exit 0) or by the first Ctrl-C (exit 130)."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.interrupted = False


@contextmanager
def put_off() -> Iterator[threading.Event]:
    """Let the first Ctrl-C set the event, and raise it at the end of the block instead of in its middle."""
    event = threading.Event()

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        event.set()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
        if event.is_set():  # also in place of a failure that would be tried again
            raise KeyboardInterrupt


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Let a long-lived command end at its next safe point instead of in the middle."""
    request = StopRequest()

    def on_term(_number: int, _frame: FrameType | None) -> None:
        request.event.set()

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        request.interrupted = True
        request.event.set()

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield request
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
