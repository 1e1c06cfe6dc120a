"""Published shares of a count: the part and the rest that they are of are hidden counts."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from healthtrends.audit.counts import Counts, HiddenCell
from healthtrends.audit.description import Description, Share
from healthtrends.audit.linear import Linear, Relation
from healthtrends.audit.released import UNBOUNDED, Bounds, Cell
from healthtrends.errors import UsageError


def shared(description: Description, counts: Counts, files: Mapping[str, bytes]) -> Iterator[Relation]:
    """Add part and rest of each published share to `counts`, and give what ties them to the whole.

    Of 400 records 0.995 are 398, so 2 are the rest; of 40,000 they are 198 to 202. Raises UsageError for one
    that is no number.
    """
    for share in description.shares:
        lines = csv.DictReader(io.StringIO(files[share.table].decode("utf-8-sig"), newline=""))
        for line in lines:
            if next(iter(line.values())) == share.row and line.get(share.column, "").strip():
                yield from _relations(share, _number(line[share.column], share), counts)


def _relations(share: Share, value: Fraction, counts: Counts) -> Iterator[Relation]:
    half = Fraction(1, 2 * 10**share.digits)
    whole, part, rest = (tuple(sorted(each.items())) for each in (share.of, share.part, share.rest))
    known = counts.bounds_of(whole)
    keys = {"row": share.row}
    for cell, middle in ((part, value), (rest, 1 - value)):
        lower = max(0, math.ceil((middle - half) * int(known.lower)))
        upper = UNBOUNDED if known.upper == UNBOUNDED else math.floor((middle + half) * int(known.upper))
        counts.add_hidden(HiddenCell(f"{share.table}: {share.row}", keys, cell), Bounds(lower, upper))
    words = f"{share.table}: {share.row}"
    yield _sum({part: 1, rest: 1, whole: -1}, 0, counts, words)
    yield _sum({part: 1, whole: -(value + half)}, -UNBOUNDED, counts, words)
    yield _sum({part: -1, whole: value - half}, -UNBOUNDED, counts, words)


def _sum(factors: Mapping[Cell, Fraction | int], lower: float, counts: Counts, words: str) -> Relation:
    """The sum of counts times factors lies from `lower` to 0; what is known is put in."""
    known: Fraction | int = 0
    unknown: dict[Cell, Fraction | int] = {}
    for cell, factor in factors.items():
        bounds = counts.bounds_of(cell)
        if bounds.exact:
            known += factor * int(bounds.lower)
        else:
            unknown[cell] = factor
    return Relation(Linear(factors=unknown), float(lower - known), float(-known), words)


def _number(text: str, share: Share) -> Fraction:
    try:
        return Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise UsageError(
            f"{share.table}: {share.row} is no number", "", "leave it empty when hidden"
        ) from error
