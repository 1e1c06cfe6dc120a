"""Ctrl-C: once to end in order (exit 130), twice to stop at once."""

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
    signal.signal(signal.SIGINT, _first)


def _first(_number: int, _frame: FrameType | None) -> None:
    _arm_second()
    raise KeyboardInterrupt


def _arm_second() -> None:
    sys.stderr.write("\nstopping in order; press Ctrl-C again to stop at once\n")
    signal.signal(signal.SIGINT, _at_once)


def _at_once(_number: int, _frame: FrameType | None) -> None:
    os._exit(EXIT_CODE)


class StopRequest:
    """Set by SIGTERM (exit 0) or by the first Ctrl-C (exit 130)."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.interrupted = False


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Let a long-lived command end at its next safe point instead of in the middle."""
    request = StopRequest()

    def on_term(_number: int, _frame: FrameType | None) -> None:
        request.event.set()

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        request.interrupted = True
        request.event.set()
        _arm_second()

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield request
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
