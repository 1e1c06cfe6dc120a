"""Exact quotients of whole numbers, rounded once, half to even."""


def quotient(numerator: int, denominator: int, places: int) -> float | None:
    """`numerator / denominator` rounded to `places` (1 or more) decimals; None when the denominator is 0.

    A share of nothing is not known. Whole numbers decide the rounding, never a float; the result is the float
    nearest to the decimal, so up to 15 digits its shortest text has the same ones: 48 -> 48.0, 0.5049 in 3
    places -> 0.505.
    """
    if denominator == 0:
        return None
    scale: int = 10**places
    units, rest = divmod(abs(numerator) * scale, abs(denominator))
    twice = 2 * rest
    if twice > abs(denominator) or (twice == abs(denominator) and units % 2):
        units += 1
    is_negative = units and (numerator < 0) != (denominator < 0)
    return (-units if is_negative else units) / scale


def share(part: int, whole: int) -> float | None:
    """0 to 1 with at most 4 decimals; None when `whole` is 0."""
    return quotient(part, whole, 4)


def percent(part: int, whole: int) -> float | None:
    """0 to 100 with at most 2 decimals; None when `whole` is 0."""
    return quotient(100 * part, whole, 2)


def mean(total: int, count: int) -> float | None:
    """At most 2 decimals; None when `count` is 0."""
    return quotient(total, count, 2)
