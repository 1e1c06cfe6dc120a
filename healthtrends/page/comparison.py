"""A count against those of comparable days, and how it is said.

Visits have a weekly rhythm, so a date is compared with the same weekday of the four weeks before, and seven
days with the seven before. Only days that are known count, on both sides; a day without a feed is no zero. A
change of a few patients is no percentage worth a look: below a minimum the numbers themselves are said.
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.model.history import SAME_WEEKDAYS
from healthtrends.page.words import Words

WEEK = 7
KNOWN_DAYS = 4
"""Fewer days of a week that are known, and were a week before, say too little."""


@dataclass(frozen=True, slots=True)
class Least:
    """Minimums below which the pages give no percentage, and list nothing as risen or fallen."""

    count: int = 10
    """Patients or visits, on both sides of a comparison."""
    change: float = 0.25
    """Relative change of what is listed; 0.25 is a quarter."""


LEAST = Least()
"""The defaults of the settings."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A count, and the known counts that it is compared with."""

    now: int
    before: tuple[int, ...]
    """Empty: none is known."""
    days: int = 1
    """Days that each of the counts is the sum of."""

    @property
    def mean(self) -> float | None:
        """Mean of the counts before."""
        return sum(self.before) / len(self.before) if self.before else None

    @property
    def share(self) -> float | None:
        """Relative change, 0.5 for half as many again; None when there was nothing before."""
        return self.now / self.mean - 1 if self.mean else None

    @property
    def score(self) -> float:
        """How far beyond chance, in standard deviations; negative for a fall. See `page.week`."""
        before, number = sum(self.before), len(self.before)
        both = self.now + before
        spread = math.sqrt(both * number) / (1 + number)
        return (self.now - both / (1 + number)) / spread if spread else 0.0


def same_weekday(counts: Sequence[int | None]) -> Comparison | None:
    """Compare the last day with the same weekday of the four weeks before; None: it is not known."""
    if not counts or counts[-1] is None:
        return None
    before = (counts[-1 - back] for back in SAME_WEEKDAYS if back < len(counts))
    return Comparison(counts[-1], tuple(count for count in before if count is not None))


def seven_days(counts: Sequence[int | None]) -> Comparison | None:
    """Compare the sum of the last seven days with that of the seven before; None: too few days are known.

    A day counts when it and the same weekday a week before are known, so both sums have the same weekdays.
    """
    places = range(1, min(WEEK, len(counts) - WEEK) + 1)
    pairs = [
        (now, before)
        for now, before in ((counts[-place], counts[-place - WEEK]) for place in places)
        if now is not None and before is not None
    ]
    if len(pairs) < KNOWN_DAYS:
        return None
    return Comparison(sum(now for now, _ in pairs), (sum(before for _, before in pairs),), len(pairs))


def is_small(compared: Comparison, least: Least) -> bool:
    """Whether a percentage would say more than the few patients it is made of."""
    return min(compared.now, compared.mean or 0) < least.count


def change(words: Words, compared: Comparison, least: Least) -> str:
    """Say the change in percent; below the minimum the counts themselves: `2 (usually 0 to 1)`."""
    if compared.share is not None and not is_small(compared, least):
        return words.change(compared.share)
    if compared.days > 1:
        return sums(words, compared)
    now, range_before = words.number(compared.now), usual(words, compared.before)
    return words("compared.small", count=now, usual=range_before) if range_before else now


def usual(words: Words, before: Sequence[int]) -> str:
    """Say the range of the known counts before; one alone is no range, none says nothing."""
    first, last = (words.number(end(before, default=0)) for end in (min, max))
    if not before or first == last:
        return first if before else ""
    return words("compared.range", least=first, most=last)


def weekdays(words: Words, date: dt.date, compared: Comparison) -> str:
    """Say what a date is compared with: `against 4 Tuesdays`."""
    number = len(compared.before)
    name = words.listed("weekdays" if number == 1 else "weekdays_plural")[date.weekday()]
    if not number:
        return words("compared.none", weekday=words.weekday(date))
    return words("compared.weekdays", days=f"{words.number(number)} {name}")


def sums(words: Words, compared: Comparison) -> str:
    """Say the sum of seven days and that of the seven before; of fewer days, of how many."""
    (before,) = compared.before
    both = words("compared.sums", now=words.number(compared.now), before=words.number(before))
    few = [words("compared.days", days=compared.days)] if compared.days < WEEK else []
    return words.in_row([both, *few])
