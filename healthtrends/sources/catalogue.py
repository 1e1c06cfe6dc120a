"""The table of diagnoses behind the synthetic records.

`catalogue.csv` is this project's own: the weights, ages, shares and treatment codes are made up to look
plausible and were never counted anywhere. It holds ICD-10 codes only, no titles. Columns:

    code                 ICD-10 code as stored
    weight               how often it comes, relative to the other rows
    age_low, age_mode, age_high   years: a triangle from the youngest over the most frequent to the oldest age
    men_percent          men of men and women, 0 to 100
    recovered_permille, deceased_permille   outcomes of records; the rest is ongoing
    treatments           one to three synthetic treatment codes, the most usual first
    second               who gets it as second diagnosis of a visit: child, adult, both, or empty for nobody
"""

import csv
import dataclasses
import functools
import importlib.resources
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

GENDERS = ("M", "F", "O", "U")
AGES = 101  # years 0 to 100
STEPS = 1024  # draws of ten bits choose an age
TREATMENTS_PER_CODE = 3

Ints = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, slots=True)
class Catalogue:
    """The table as arrays; the first axis of each is the row of the code."""

    codes: tuple[str, ...]
    weight: Ints
    ages: Ints  # (codes, STEPS): the age in years that each draw stands for
    men_percent: Ints
    recovered_permille: Ints
    deceased_permille: Ints
    treatments: tuple[tuple[str, str, str], ...]  # three per code, repeated where the table names fewer
    second_child: Ints  # rows that a child may get as second diagnosis
    second_adult: Ints


@functools.cache
def catalogue() -> Catalogue:
    """Read the bundled table once."""
    table = importlib.resources.files(__package__).joinpath("catalogue.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))

    def column(name: str) -> Ints:
        return np.array([int(row[name]) for row in rows], dtype=np.int64)

    def second(*groups: str) -> Ints:
        return np.array([i for i, row in enumerate(rows) if row["second"] in groups], dtype=np.int64)

    triangles = [tuple(int(row[f"age_{corner}"]) for corner in ("low", "mode", "high")) for row in rows]
    drawn = {corners: guide(_triangle(*corners), STEPS) for corners in set(triangles)}
    return Catalogue(
        codes=tuple(row["code"] for row in rows),
        weight=column("weight"),
        ages=np.stack([drawn[corners] for corners in triangles]),
        men_percent=column("men_percent"),
        recovered_permille=column("recovered_permille"),
        deceased_permille=column("deceased_permille"),
        treatments=tuple(_three(row["treatments"].split()) for row in rows),
        second_child=second("child", "both"),
        second_adult=second("adult", "both"),
    )


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` into whole parts by weight: largest remainder, ties to the earlier, exact."""
    whole = sum(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    missing = total - sum(part for part, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))
    rounded_up = set(by_remainder[:missing])
    return [part + (i in rounded_up) for i, (part, _) in enumerate(parts)]


def guide(weights: Sequence[int], steps: int) -> Ints:
    """A table that turns a draw from 0 to `steps` - 1 into an index, as often as its weight says."""
    return np.repeat(np.arange(len(weights)), apportion(steps, weights))


def _triangle(low: int, mode: int, high: int) -> list[int]:
    scale = 1_000_000
    rising = [scale * (age - low + 1) // (mode - low + 1) for age in range(low, mode + 1)]
    falling = [scale * (high - age + 1) // (high - mode + 1) for age in range(mode + 1, high + 1)]
    return [0] * low + rising + falling + [0] * (AGES - 1 - high)


def _three(codes: Sequence[str]) -> tuple[str, str, str]:
    first, *rest = codes
    return first, (rest[0] if rest else first), (rest[-1] if rest else first)
