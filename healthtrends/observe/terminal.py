"""The moving bar. Apart from progress.py because importing rich costs a tenth of a second."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from healthtrends.observe.log import STATE

Amount = Callable[[int, int | None, str], str]


class _AmountColumn(ProgressColumn):
    """Done and total with their unit."""

    def render(self, task: Task) -> Text:
        total = None if task.total is None else round(task.total)
        return Text(task.fields["amount"](round(task.completed), total, task.fields["unit"]))


class _TerminalBar:
    """One row of the display."""

    def __init__(self, display: Progress, task: TaskID) -> None:
        self._display, self._task = display, task

    def advance(self, n: int = 1) -> None:
        self._display.advance(self._task, n)

    def set_total(self, n: int) -> None:
        self._display.update(self._task, total=n)


class _Display:
    """The rows on screen; rich allows one live display, so all bars share it."""

    def __init__(self) -> None:
        self.progress: Progress | None = None
        self.rows = 0


_DISPLAY = _Display()


@contextmanager
def terminal_bar(label: str, total: int | None, unit: str, amount: Amount) -> Iterator[_TerminalBar]:
    """Add a row for as long as the block runs; the finished row stays on screen."""
    display = _enter()
    task = display.add_task(label, total=total, unit=unit, amount=amount)
    try:
        yield _TerminalBar(display, task)
    finally:
        display.stop_task(task)
        _erase()


def _enter() -> Progress:
    with STATE.lock:
        if _DISPLAY.progress is None:
            _DISPLAY.progress = _new_display()
            _DISPLAY.progress.start()
            STATE.above_bar = _write_above
        _DISPLAY.rows += 1
        return _DISPLAY.progress


def _erase() -> None:
    with STATE.lock:
        _DISPLAY.rows -= 1
        if _DISPLAY.rows == 0 and _DISPLAY.progress is not None:
            STATE.above_bar = None
            _DISPLAY.progress.stop()
            _DISPLAY.progress = None


def _new_display() -> Progress:
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        _AmountColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(file=sys.stderr), redirect_stdout=False, redirect_stderr=False)


def _write_above(text: str) -> None:
    if _DISPLAY.progress is not None:
        _DISPLAY.progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
