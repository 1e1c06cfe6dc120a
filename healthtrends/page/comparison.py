"""How a comparison of counts is said.

A change of a few patients is no percentage worth a look: below a minimum the numbers themselves are said.
"""

import datetime as dt
from collections.abc import Sequence

from healthtrends.model.comparison import WEEK, Comparison, Least, is_small
from healthtrends.page.words import Words


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
