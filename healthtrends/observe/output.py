"""The one way to stderr, so that log lines and a moving bar do not overwrite each other."""

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from healthtrends import clock


@dataclass(frozen=True, slots=True)
class Mode:
    """Output mode: how much is shown, and in which form; chosen once by the command line."""

    quiet: bool = False  # no events, no progress; errors are still printed
    verbose: bool = False  # debug events as well
    json: bool = False  # events as JSON lines, progress as events, never a bar


class _State:
    """The process-wide mode, and the writer of the bar that is on screen, if any."""

    def __init__(self) -> None:
        self.mode = Mode()
        self.above_bar: Callable[[str], None] | None = None
        self.lock = threading.RLock()


STATE = _State()


def configure(*, quiet: bool = False, verbose: bool = False, json: bool = False) -> Mode:
    """Set the mode for the whole process and return it. `quiet` wins over `verbose`."""
    STATE.mode = Mode(quiet=quiet, verbose=verbose and not quiet, json=json)
    return STATE.mode


def mode() -> Mode:
    """Return the mode of the process, for a process that it starts."""
    return STATE.mode


def write_line(text: str) -> None:
    """Write one whole line to stderr, above the bar when one is shown."""
    with STATE.lock:
        if STATE.above_bar is not None:
            STATE.above_bar(text)
            return
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def stamp() -> str:
    """Return the machine's clock as `2025-12-22T12:00:01Z`, for the head of a plain line."""
    return clock.wall().strftime("%Y-%m-%dT%H:%M:%SZ")
