"""How the oracle asks DuckDB, and how it writes what it found: shares no code with the product."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import duckdb


def rounded(numerator: int, denominator: int, places: int) -> str:
    """Write a fraction as interface section 3 has it; "" where it is of nothing."""
    if denominator == 0:
        return ""
    exact = Fraction(numerator, denominator) * 10**places
    low = Decimal(exact.numerator // exact.denominator)
    rest = exact - int(low)
    # A half stays a half, anything else becomes a clear quarter, so that `decimal` does the rounding.
    part = (
        Decimal("0.5")
        if rest == Fraction(1, 2)
        else Decimal("0.25")
        if rest < Fraction(1, 2)
        else Decimal("0.75")
    )
    units = (low + part if rest else low).quantize(Decimal(1), ROUND_HALF_EVEN).scaleb(-places)
    whole, _, fraction = f"{units:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def as_csv(header: str, rows: Iterable[Sequence[object]]) -> bytes:
    """RFC 4180 with this header, its names parted by commas."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header.split(","), *rows])
    return text.getvalue().encode()


def rows_of(db: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    """Rows of a query."""
    return db.execute(query).fetchall()


def number_of(db: duckdb.DuckDBPyConnection, query: str) -> int:
    """First number of the first row of a query."""
    return rows_of(db, query)[0][0]
