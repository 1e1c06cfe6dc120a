"""Years in which a code is valid, written as ranges: `2016-2025;2027`."""

from collections.abc import Iterable


def parse_years(text: str) -> frozenset[int]:
    """Read ranges of years; the empty text is none. Raises ValueError."""
    years: set[int] = set()
    for part in filter(None, text.split(";")):
        first, _, last = part.partition("-")
        years.update(range(int(first), int(last or first) + 1))
    return frozenset(years)


def format_years(years: Iterable[int]) -> str:
    """Write years as ranges, in order."""
    ranges: list[list[int]] = []
    for year in sorted(years):
        if ranges and ranges[-1][1] == year - 1:
            ranges[-1][1] = year
        else:
            ranges.append([year, year])
    return ";".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
