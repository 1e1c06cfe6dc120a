"""A known outbreak inside synthetic data, so that detection can be checked against the truth.

The curve is exact integer arithmetic: no floating point, so no machine can round it differently.
"""

import dataclasses
import datetime as dt
from fractions import Fraction


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outbreak:
    """One code that grows from its usual level to a peak and falls again.

    `code`: stored form of an ICD-10 code that the catalogue holds.
    `start`: first day with extra cases. `days_to_peak`: days from the start to the highest day, 0 or more.
    `peak_percent`: extra cases on the highest day, in percent of the code's usual number (500 = six times
    as many).
    `growth_percent`: growth from day to day before the peak and decline after it (35 = 1.35 times); above 0.
    """

    code: str
    start: dt.date
    days_to_peak: int = 7
    peak_percent: int = 500
    growth_percent: int = 35

    def extra_percent(self, day: dt.date) -> int:
        """Extra cases of the code on this day, in percent of its usual number; 0 before the start."""
        if day < self.start:
            return 0
        from_peak = abs((day - self.start).days - self.days_to_peak)
        return int(self.peak_percent * Fraction(100, 100 + self.growth_percent) ** from_peak)


def default_outbreak(last: dt.date) -> Outbreak:
    """Influenza (J10.1) that begins ten days before the range ends and peaks two days before its end."""
    return Outbreak(code="J10.1", start=last - dt.timedelta(days=9))


def doubling_outbreak(last: dt.date) -> Outbreak:
    """Influenza (J10.1) whose extra cases double every day of four, up to the end of the range.

    Of a code with some 13 patients a day the first three days are within the usual scatter.
    """
    return Outbreak(
        code="J10.1", start=last - dt.timedelta(days=3), days_to_peak=3, peak_percent=500, growth_percent=100
    )
