"""A terminal as a screen: drawn whole, keys at once, and as it was before when the block ends.

The state of the terminal is put back by the end of the block, whichever way that comes. Ctrl-C stays a
signal; Ctrl-Z is switched off, as the shell would get the terminal in this state.
"""

import os
import select
import signal
import sys
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final

from rich.console import Console
from rich.control import Control
from rich.screen import Screen
from rich.text import Text

from healthtrends.cli.watch.keys import Key, decode_keys
from healthtrends.cli.watch.lines import Line, Style

_STYLES: Final[dict[Style, str]] = {
    "plain": "", "head": "bold", "chosen": "reverse", "alarm": "yellow", "fault": "red", "faint": "dim",
}  # fmt: skip
_ESCAPE_SECONDS = 0.05
"""The rest of a sequence follows ESC at once, also over a network."""
_NO_CHARACTER = b"\x00"  # what POSIX calls _POSIX_VDISABLE on Linux and macOS


def is_screen() -> bool:
    """Whether there is a terminal to draw on and to read keys from."""
    is_dumb = os.environ.get("TERM", "dumb") == "dumb"
    return sys.stdin.isatty() and sys.stdout.isatty() and not is_dumb


class Terminal:
    """An opened screen."""

    def __init__(self, console: Console, keyboard: int, waking: int) -> None:
        self._console, self._keyboard, self._waking = console, keyboard, waking
        self._drawn: tuple[object, ...] = ()

    @property
    def height(self) -> int:
        """Lines of the terminal, at least one."""
        return max(1, self._console.size.height)

    def draw(self, lines: Sequence[Line]) -> None:
        """Show these lines and nothing else; what is too long for the terminal is cut."""
        if (drawing := (tuple(lines), self._console.size)) == self._drawn:
            return  # a second of the same would be much to send over a slow line
        self._drawn = drawing
        text = Text(no_wrap=True, overflow="ellipsis")
        for line in lines:
            text.append(line.text, _STYLES[line.style])
            text.append("\n")
        text.rstrip()
        with self._console:  # both at once
            self._console.control(Control.home())
            self._console.print(Screen(text), end="")

    def keys(self, seconds: float) -> list[Key]:
        """Wait so long for keys, for something to show, or for another size; at its end `quit`."""
        ready, _, _ = select.select([self._keyboard, self._waking], [], [], seconds)
        if self._waking in ready:
            os.read(self._waking, 4096)
        if self._keyboard not in ready:
            return []
        typed = os.read(self._keyboard, 1024)
        if typed.endswith(b"\x1b") and select.select([self._keyboard], [], [], _ESCAPE_SECONDS)[0]:
            typed += os.read(self._keyboard, 1024)
        return list(decode_keys(typed)) if typed else ["quit"]


class Waker:
    """Ends a wait for keys, from another thread or a signal handler."""

    def __init__(self) -> None:
        self.reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)

    def wake(self) -> None:
        """End the wait, or the next one."""
        try:
            os.write(self._writing, b".")
        except BlockingIOError:
            return  # it is woken a thousand times already


@contextmanager
def opened_terminal(waker: Waker) -> Iterator[Terminal]:
    """Take the terminal of the process over for the block."""
    console = Console(file=sys.stdout, highlight=False, markup=False)
    keyboard = sys.stdin.fileno()
    with _keys_at_once(keyboard), _resizes(waker), console.screen(hide_cursor=True):
        yield Terminal(console, keyboard, waker.reading)


@contextmanager
def _keys_at_once(keyboard: int) -> Iterator[None]:
    """No echo, no wait for the end of a line."""
    before = termios.tcgetattr(keyboard)
    changed = termios.tcgetattr(keyboard)
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    changed[6][termios.VSUSP] = _NO_CHARACTER
    try:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, changed)
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)


@contextmanager
def _resizes(waker: Waker) -> Iterator[None]:
    def on_resize(_number: int, _frame: FrameType | None) -> None:
        waker.wake()

    before = signal.signal(signal.SIGWINCH, on_resize)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
