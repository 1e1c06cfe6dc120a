"""Results of a detector as text, the same on every machine: one row a day, numbers of 12 digits."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from healthtrends.detect.parameters import Column, columns


def header(result: object) -> tuple[str, ...]:
    """Names of the columns behind the count."""
    return tuple(each.name for each in columns(type(result)).values())


def rows(result: object, code: int, first: int) -> Iterator[tuple[str, ...]]:
    """Values of one code, from the row `first` on."""
    declared = columns(type(result)).items()
    return zip(*(_texts(each, getattr(result, name)[first:, code]) for name, each in declared), strict=True)


def number(value: float) -> str:
    """At most 12 digits, all of a whole number; nothing where there is no number."""
    if np.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else f"{value:.12g}"


def _texts(column: Column, values: NDArray[np.generic]) -> list[str]:
    if column.words:
        return [column.words[label] for label in values.astype(int)]
    return [number(value) for value in values.astype(float).tolist()]
