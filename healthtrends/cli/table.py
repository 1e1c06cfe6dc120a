"""Tables on stdout. A terminal shows whole columns only, and says which it has no room for."""

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

_ENDLESS = 100_000


def print_table(
    title: str, columns: Sequence[str], lines: Sequence[Sequence[str]], *, wide: bool | None
) -> None:
    """Print the columns that fit in the terminal, at least the first; when `wide`, or to a pipe, all of them.

    `wide` is None where the command has no such option.
    """
    console = Console(file=sys.stdout, highlight=False, markup=False)
    shown = len(columns)
    if wide or not console.is_terminal:
        console.width = _ENDLESS
    else:
        while shown > 1 and _width(console, _table(columns[:shown], lines)) > console.width:
            shown -= 1
    if title:
        console.print(title)
    console.print(_table(columns[:shown], lines))
    if left_out := columns[shown:]:
        also = "--json" if wide is None else "--wide"
        console.print(f"no room for {', '.join(left_out)}: a wider terminal shows them, and so does {also}")


def _table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> Table:
    """A table of the first cells of each line, as many as there are columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        numeric = bool(lines) and all(_is_number(line[place]) for line in lines)
        table.add_column(column, justify="right" if numeric else "left", no_wrap=True)
    for line in lines:
        table.add_row(*line[: len(columns)])
    return table


def _width(console: Console, table: Table) -> int:
    return console.measure(table, options=console.options.update(width=_ENDLESS)).maximum


def _is_number(text: str) -> bool:
    return not text or text.replace(",", "").replace(".", "", 1).lstrip("-").isdigit()
