"""Codes that rose or fell: the date, and its week, beyond chance and by enough to matter.

The date is compared with the same weekday of the four weeks before, seven days with the seven before, each by
`Comparison.score`. Real counts scatter more than Poisson, and hundreds of codes are looked at, so
BEYOND_CHANCE is higher than one test would need. Of a frequent code a few percent are beyond chance, of a
rare one a handful of patients: so a change needs a least count and a least size too. It is a pointer, no
proof.
"""

from collections.abc import Sequence
from typing import Final

from healthtrends.model.alarm import Alarm, Detection, in_order
from healthtrends.model.comparison import Comparison, Least, same_weekday, seven_days
from healthtrends.model.history import History

KNOWN_WEEKDAYS: Final = 2
"""Fewer known days of the same weekday say too little."""
BEYOND_CHANCE: Final = 4.0


class WeeklyChange:
    """The detector."""

    name = "weekly_change"

    def __init__(self, least: Least) -> None:
        self._least = least

    def detect(self, history: History, *, is_open: bool) -> Detection:
        """See `Detector.detect`."""
        alarms, judged = [], 0
        for code, counts in history.patients.items():
            date, week = compared(counts)
            if not _has_patients(date, week):
                continue
            judged += 1
            signal = self._signal(date, week, is_open=is_open)
            if signal is not None:
                evidence = tuple(each for each in (date, week) if each is not None)
                alarms.append(Alarm(self.name, history.dates[-1], code, signal.score, signal, evidence))
        return Detection(in_order(alarms), judged)

    def _signal(
        self, date: Comparison | None, week: Comparison | None, *, is_open: bool
    ) -> Comparison | None:
        """That of the two which is further beyond chance, of those that rose or fell; None: neither did."""
        known = [each for each in (date, week) if each is not None]
        may_fall = [each for each in known if each is not date or not is_open]
        signals = [each for each in known if self._rose(each)] + [
            each for each in may_fall if self._fell(each)
        ]
        return max(signals, key=lambda each: abs(each.score), default=None)

    def _rose(self, compared: Comparison) -> bool:
        least, share = self._least, compared.share
        is_great = share is None or share >= least.change
        return compared.score >= BEYOND_CHANCE and compared.now >= least.count and is_great

    def _fell(self, compared: Comparison) -> bool:
        least, mean, share = self._least, compared.mean, compared.share
        if mean is None or share is None:
            return False
        return compared.score <= -BEYOND_CHANCE and mean >= least.count and share <= -least.change


def compared(counts: Sequence[int | None]) -> tuple[Comparison | None, Comparison | None]:
    """Compare the last day with the same weekdays, and its week with the one before; None: too few days."""
    date = same_weekday(counts)
    is_known = date is not None and len(date.before) >= KNOWN_WEEKDAYS
    return date if is_known else None, seven_days(counts)


def _has_patients(*compared: Comparison | None) -> bool:
    return any(each.now or sum(each.before) for each in compared if each is not None)
