"""Progress of one piece of work: a bar on a terminal, a plain line now and then elsewhere.

`advance` only adds and looks at the clock, so that it can be called hundreds of times a second.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from healthtrends import clock
from healthtrends.observe.log import STATE, event, stamp, write_line
from healthtrends.visible_text import in_one_line

PLAIN_LINE_SECONDS = 5.0  # often enough to see life, seldom enough for a log file


def counted(number: int, noun: str) -> str:
    """`1 date`, `2 dates`, `1,234 dates`: a number with its noun, given for one; -s makes it more.

    Of several words the last is counted: `2 stored dates`.
    """
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def amount(done: int, total: int | None, unit: str) -> str:
    """`40 of 100 records`; bytes are told in MB, 10**6 of them."""
    of_total = total if total and total != done else None
    if unit == "bytes":
        return (f"{done / 1e6:,.1f} of {of_total / 1e6:,.1f}" if of_total else f"{done / 1e6:,.1f}") + " MB"
    whole = counted(of_total or done, unit.removesuffix("s"))
    return f"{done:,} of {whole}" if of_total else whole


class Bar(Protocol):
    """What the worker sees."""

    def advance(self, n: int = 1) -> None:
        """Count `n` more units as done."""

    def set_total(self, n: int) -> None:
        """Return how many units there will be, once that is known."""


class SilentBar:
    """Shows nothing."""

    def advance(self, n: int = 1) -> None:
        """Count nothing."""

    def set_total(self, n: int) -> None:
        """Keep nothing."""


class _PlainBar:
    """Lines at the start, about every five seconds, and at the end."""

    def __init__(self, label: str, total: int | None, unit: str) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._done = 0
        self._begin = clock.monotonic()
        self._next_line = self._begin + PLAIN_LINE_SECONDS
        self._say("started")

    def advance(self, n: int = 1) -> None:
        if not n:
            return  # a follower that waits has nothing to say
        self._done += n
        moment = clock.monotonic()
        if moment >= self._next_line:
            self._next_line = moment + PLAIN_LINE_SECONDS
            self._say("running")

    def set_total(self, n: int) -> None:
        self._total = n

    def finish(self, *, complete: bool) -> None:
        """Write the last line."""
        self._say("done" if complete else "stopped")

    def _say(self, state: str) -> None:
        seconds = clock.monotonic() - self._begin
        if STATE.mode.logs_json:
            event(
                f"progress.{state}",
                label=self._label,
                done=self._done,
                total=self._total,
                unit=self._unit,
                seconds=round(seconds, 3),
            )
            return
        write_line(f"{stamp(clock.wall())} {self._label}: {self._sentence(state, seconds)}")

    def _sentence(self, state: str, seconds: float) -> str:
        if state == "started":
            return amount(self._total, None, self._unit) if self._total else "started"
        text = amount(self._done, self._total, self._unit)
        if state == "running":
            return text
        rate = f", {amount(round(self._done / seconds), None, self._unit)}/s" if seconds > 1 else ""
        return f"{state}, {text} in {seconds:.1f} s{rate}"


@contextmanager
def progress(label: str, total: int | None, unit: str) -> Iterator[Bar]:
    """Show how far `label` is, counted in `unit` (a plural noun); `total` None = not known yet.

    Of nothing to do (0) nothing is said.
    """
    label = in_one_line(label)
    if total == 0 or (STATE.mode.quiet and not STATE.mode.logs_json):
        yield SilentBar()
        return
    if not STATE.mode.logs_json and _on_terminal():
        from healthtrends.observe.terminal import terminal_bar  # noqa: PLC0415  rich is slow to import

        with terminal_bar(label, total, unit, amount) as bar:
            yield bar
        return
    plain = _PlainBar(label, total, unit)
    try:
        yield plain
    except BaseException:
        plain.finish(complete=False)
        raise
    plain.finish(complete=True)


def _on_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
