"""Readers of messages in this process: their rates by processor time, in the same rounds."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
Reader = Callable[[], int]
"""Reads what it was made with, and gives the number of messages."""


def rates_by_rounds(readers: Mapping[str, Reader], rounds: int) -> dict[str, list[float]]:
    """Messages a second of processor time of each reader in each round, after one round to warm up."""
    rates: dict[str, list[float]] = {name: [] for name in readers}
    for number in range(rounds + 1):
        found = {name: _rate(reader) for name, reader in readers.items()}
        print(found, file=sys.stderr)
        for name in rates if number else ():
            rates[name].append(found[name])
    return rates


def each(function: Callable[[T], object], values: Sequence[T]) -> int:
    """Apply to every value; gives their number."""
    for value in values:
        function(value)
    return len(values)


def _rate(reader: Reader) -> float:
    begin = time.process_time()
    number = reader()
    return number / (time.process_time() - begin)
