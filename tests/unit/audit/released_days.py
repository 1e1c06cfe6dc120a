"""Released files of some dates, made from who came when."""

import datetime as dt
from collections import Counter

DAY = dt.date(2025, 12, 22)
CLASSES = ("1", "2", "3", "4", "5+")
WINDOWS = {"day": 1, "7 days": 7, "28 days": 28}
Rows = dict[str, list[int | None]]


def days_before(number):
    """So many dates that end with `DAY`, the first one first."""
    return [DAY - dt.timedelta(days=back) for back in reversed(range(number))]


def classes(visits, end, days):
    """Of people, by date how often each came: how many came 1, 2, ... times in a window."""
    window = [end - dt.timedelta(days=back) for back in range(days)]
    total = sum((visits.get(day, Counter()) for day in window), Counter())
    found = Counter(min(number, 5) for number in total.values())
    return [found[number] for number in range(1, 6)]


def frequency(rows, hidden=()):
    """`visit_frequency` of a date; of `hidden`, a window, a class and the rule, nothing shows."""
    rules = {(window, name): rule for window, name, rule in hidden}
    lines = ["window,visits_per_patient,patients,suppressed"]
    for window, counts in rows.items():
        for name, count in zip(CLASSES, counts, strict=True):
            rule = rules.get((window, name))
            lines.append(f"{window},{name},,patients={rule}" if rule else f"{window},{name},{count},")
    return "\n".join([*lines, ""]).encode()


def released(visits, end, hidden=()):
    """Files of a date, of what its audit with others reads."""
    rows = {window: classes(visits, end, days) for window, days in WINDOWS.items()}
    people = visits.get(end, Counter())
    totals = f"patients,{len(people)},,,,\nvisits,{people.total()},,,,\n"
    quality = f"metric,value,unit,threshold,status,suppressed\n{totals}"
    return {"visit_frequency": frequency(rows, hidden), "quality": quality.encode()}
