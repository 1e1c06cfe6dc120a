"""Exact quotients as text: rounded once, half to even, then as few digits as say the same."""


def quotient(numerator: int, denominator: int, places: int) -> str:
    """`numerator / denominator` with at most `places` (1 or more) digits and at least one.

    48 -> `48.0`, 47.5 -> `47.5`, 0.5049 in 3 places -> `0.505`; empty when the denominator is 0, because
    a share of nothing is not known. Whole numbers all the way, so no float decides a rounding.
    """
    if denominator == 0:
        return ""
    scale = 10**places
    units, rest = divmod(abs(numerator) * scale, abs(denominator))
    twice = 2 * rest
    if twice > abs(denominator) or (twice == abs(denominator) and units % 2):
        units += 1
    whole, fraction = divmod(units, scale)
    sign = "-" if units and (numerator < 0) != (denominator < 0) else ""
    digits = f"{fraction:0{places}d}".rstrip("0") or "0"
    return f"{sign}{whole}.{digits}"


def share(part: int, whole: int) -> str:
    """0 to 1 with at most 4 decimals; empty when `whole` is 0."""
    return quotient(part, whole, 4)


def percent(part: int, whole: int) -> str:
    """0 to 100 with at most 2 decimals; empty when `whole` is 0."""
    return quotient(100 * part, whole, 2)


def mean(total: int, count: int) -> str:
    """At most 2 decimals; empty when `count` is 0."""
    return quotient(total, count, 2)
