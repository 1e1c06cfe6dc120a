"""Names of data files that follow each other, stored as one: a merged file keeps those of thousands.

A writer numbers its files of each day, so that what it leaves of a date in a day of commits is one range:

    /r/patient_json/date=D/part-000000000001-0123456789abcdef-000001.jsonl
    /r/patient_json/date=D/part-000000000001-0123456789abcdef-000001..008640.jsonl    all up to 008640

Nothing is lost: `unfold` gives the very names, so what is computed of them stays what it is. Names without a
number, as maintenance and earlier versions make them, are stored as they are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from healthtrends.errors import DamageFound
from healthtrends.storage.layout import new_nonce

_DIGITS = 6
_ONE = re.compile(r"(.*/part-\d{12}-[0-9a-f]{16}-)(\d{6,18})(\.jsonl)", re.ASCII)
_RANGE = re.compile(r"(.*/part-\d{12}-[0-9a-f]{16}-)(\d{6,18})\.\.(\d{6,18})(\.jsonl)", re.ASCII)
_MOST = 10_000_000
"""Names of one range: more are damage, and would not fit into memory."""


class NameSeries:
    """What tells the files of one writer apart: random bits of its own, and a running number a day."""

    def __init__(self) -> None:
        self._nonce = new_nonce()
        self._numbers: Counter[str] = Counter()

    def next(self, day: str) -> str:
        """Take the next number of a visit date, or of another kind of files; it is never given again."""
        self._numbers[day] += 1
        return f"{self._nonce}-{_text(self._numbers[day])}"


class _Numbered(NamedTuple):
    stem: str
    number: int
    suffix: str


def fold(names: Iterable[str]) -> tuple[str, ...]:
    """Put names that follow each other into one, whatever their order; the result is sorted."""
    found = sorted(names)
    numbered = sorted(each for name in found if (each := _parsed(name)))
    plain = [name for name in found if not _parsed(name)]
    return tuple(sorted([*plain, *_ranges(numbered)]))


def unfold(stored: Iterable[str]) -> tuple[str, ...]:
    """Return the names that `fold` was given, sorted. Raises DamageFound when a range cannot be one."""
    return tuple(sorted(name for each in stored for name in _names(each)))


def is_folded(stored: Iterable[str]) -> bool:
    """Whether a program that does not know ranges would take one for a name."""
    return any(_RANGE.fullmatch(each) for each in stored)


def _parsed(name: str) -> _Numbered | None:
    found = _ONE.fullmatch(name)
    if not found or _text(int(found[2])) != found[2]:
        return None
    return _Numbered(found[1], int(found[2]), found[3])


def _ranges(numbered: list[_Numbered]) -> Iterator[str]:
    begin = 0
    for place, (stem, number, suffix) in enumerate(numbered, 1):
        if place < len(numbered) and numbered[place] == (stem, number + 1, suffix):
            continue
        first = numbered[begin].number
        many = f"{_text(first)}..{_text(number)}" if number > first else _text(number)
        yield f"{stem}{many}{suffix}"
        begin = place


def _names(stored: str) -> Iterator[str]:
    found = _RANGE.fullmatch(stored)
    if found is None:
        yield stored
        return
    first, last = int(found[2]), int(found[3])
    if not first < last < first + _MOST:
        raise DamageFound(
            f"{stored} stands for no row of names", "", "restore the log from a backup of the root"
        )
    for number in range(first, last + 1):
        yield f"{found[1]}{_text(number)}{found[4]}"


def _text(number: int) -> str:
    return f"{number:0{_DIGITS}d}"
