"""Alarms of the synthetic date: an outbreak of three days that somebody takes care of, and a block."""

import dataclasses
import datetime as dt

from healthtrends.page.alarm_data import AlarmCurve, AlarmEntry, AlarmList, LastYear, Remark
from healthtrends.page.data import DayPage
from tests.browser.sample import DATE, RISING, sample

DAYS = 31


def day(back: int) -> dt.date:
    """So many days before the date."""
    return DATE - dt.timedelta(days=back)


def curve(**changes: object) -> AlarmCurve:
    """Ten patients a day, then 30, 40 and 50; a day without a feed, and an outbreak that was known."""
    backs = range(DAYS - 1, -1, -1)
    observed = [None if back == 12 else {2: 30, 1: 40, 0: 50}.get(back, 10 + back % 3) for back in backs]
    is_tested = [back < 20 and back != 12 for back in backs]
    fields = {
        "dates": [day(back) for back in backs],
        "observed": observed,
        "expected": [10.5 if tested else None for tested in is_tested],
        "upper": [17 if tested else None for tested in is_tested],
        "is_alarm": [back < 3 for back in backs],
        "is_known": [22 <= back <= 24 for back in backs],
        "baseline": 28,
        "guard": 2,
        "last_year": LastYear(now=160, then=71, until=DATE - dt.timedelta(days=364)),
        "genders": {"men": [None if n is None else n // 2 for n in observed]},
        "ages": {
            "0-4": [None if n is None else n - n // 5 for n in observed],
            "65+": [None if n is None else n // 5 for n in observed],
        },
    }
    return AlarmCurve(**{**fields, **changes})


def entries() -> list[AlarmEntry]:
    """The outbreak with all that may be said, and a block with nothing beside its numbers."""
    said = Remark(
        kind="ack", by="dr.k", at=dt.datetime(2025, 12, 21, 8, 30, tzinfo=dt.UTC), date=day(1),
        note="lab asked <b>",
    )  # fmt: skip
    return [
        AlarmEntry(
            level="diagnosis", code=RISING, title="Acute kidney failure", detector="switch", observed=50,
            expected=10.5, upper=17, severity="high", since=day(2), days=3, p=0.0002,
            also=[("category", "N17")], curve=curve(), remarks=[said],
        ),
        AlarmEntry(
            level="block", code="J09-J18", title="Influenza and pneumonia", detector="switch", observed=1200,
            expected=None, upper=1100, severity="low", since=DATE, days=1, p=None,
        ),
    ]  # fmt: skip


def with_alarms(listed: list[AlarmEntry] | None = None, answer: str = "tested", tested: int = 512) -> DayPage:
    """The page of the date with these alarms, or those of `entries`."""
    found = AlarmList(
        entries=entries() if listed is None else listed, answer=answer, detector="switch",
        parameters={"guard": "2"}, tested=tested, untested=40, days=29,
    )  # fmt: skip
    return dataclasses.replace(sample(), alarms=found)
