"""Which diagnoses rose or fell: the date, and its week, beyond chance and by enough to matter.

The date is compared with the same weekday of the four weeks before, seven days with the seven before. With
`a` patients now and `b` on the `n` days before (a week before: n = 1), chance alone would split the a + b
patients as 1 : n, so

    score = (a - (a + b) / (1 + n)) / sqrt((a + b) n / (1 + n)^2)

is near a standard normal number (the normal approximation of the test of two Poisson rates by the conditional
binomial: Przyborowski and Wilenski 1940, doi:10.1093/biomet/31.3-4.313). Real counts scatter more than
Poisson, and hundreds of codes are looked at, so BEYOND_CHANCE is higher than one test would need. Of a
frequent code a few percent are beyond chance, of a rare one a handful of patients: so a change needs a least
count and a least size too. It points, it proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.model.history import History
from healthtrends.page.comparison import Comparison, Least, same_weekday, seven_days

KNOWN_WEEKDAYS = 2
"""Fewer known days of the same weekday say too little."""
BEYOND_CHANCE = 4.0


@dataclass(frozen=True, slots=True)
class Change:
    """One code, and what became of it."""

    code: str
    date: Comparison | None
    """The last day against the same weekdays before; None: too few are known."""
    week: Comparison | None
    """Seven days against the seven before; None: too few are known."""
    signal: Comparison | None
    """That of the two which is further beyond chance, of those that rose or fell; None: neither did."""

    @property
    def score(self) -> float:
        """How far beyond chance the signal is; 0.0 without one."""
        return self.signal.score if self.signal else 0.0


def changes(history: History, least: Least, *, is_open: bool) -> list[Change]:
    """All codes that enough days are known of, the strongest rise first.

    `is_open`: records of the last day are still expected, so that a low count of it is no fall yet.
    """
    found = [
        change
        for code, counts in history.patients.items()
        if (change := _change(code, counts, least, is_open=is_open))
    ]
    return sorted(found, key=lambda change: (-change.score, change.code))


def risen(found: Sequence[Change], most: int) -> list[Change]:
    """First `most` that rose."""
    return [change for change in found if change.score > 0][:most]


def fallen(found: Sequence[Change], most: int) -> list[Change]:
    """First `most` that fell, the strongest fall first."""
    return [change for change in reversed(found) if change.score < 0][:most]


def _change(code: str, counts: Sequence[int | None], least: Least, *, is_open: bool) -> Change | None:
    date, week = same_weekday(counts), seven_days(counts)
    if date is not None and len(date.before) < KNOWN_WEEKDAYS:
        date = None
    known = [each for each in (date, week) if each is not None]
    if not any(each.now or sum(each.before) for each in known):
        return None
    judged = [each for each in known if each is not date or not is_open]
    signals = [each for each in known if _rose(each, least)] + [each for each in judged if _fell(each, least)]
    return Change(code, date, week, max(signals, key=lambda each: abs(each.score), default=None))


def _rose(compared: Comparison, least: Least) -> bool:
    is_great = compared.share is None or compared.share >= least.change
    return compared.score >= BEYOND_CHANCE and compared.now >= least.count and is_great


def _fell(compared: Comparison, least: Least) -> bool:
    mean, share = compared.mean, compared.share
    if mean is None or share is None:
        return False
    return compared.score <= -BEYOND_CHANCE and mean >= least.count and share <= -least.change
