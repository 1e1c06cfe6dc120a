"""Alarms of a week from a history of days: what a week is, what is too short, and what is listed."""

import datetime as dt

import pytest

from healthtrends.detect.farrington_flexible import FarringtonFlexible
from healthtrends.detect.week_alarms import alarms_of_week, days_read, last_day
from healthtrends.icd.edition import Edition, icd10cm
from healthtrends.model.epi_week import EpiWeek
from healthtrends.model.history import History
from healthtrends.model.known_days import KnownOutbreak
from healthtrends.model.syndrome import Syndrome

DETECTOR = FarringtonFlexible(b=3)
SATURDAY = dt.date(2025, 12, 20)
USUAL = (1, 2, 1, 3, 2, 1, 2, 0, 1, 2, 3)
"""Patients a day, over and over; 11 and 7 have no common divisor."""


def history(last=SATURDAY, days=None, closed=(), **last_week):
    """Years of ordinary days, and a last week with so many patients a day; `E11_9` is E11.9."""
    length = days_read(DETECTOR) if days is None else days
    dates = [last - dt.timedelta(days=back) for back in range(length - 1, -1, -1)]
    is_open = [date.weekday() not in closed and date not in closed for date in dates]
    usual = [USUAL[place % len(USUAL)] for place in range(length)]
    patients = {
        code.replace("_", "."): [
            (count if (last - date).days < 7 else each) if opened else None
            for date, each, opened in zip(dates, usual, is_open, strict=True)
        ]
        for code, count in {"I10": 2, **last_week}.items()
    }
    return History(
        dates, ["observed" if each else "none" for each in is_open],
        [40 if each else None for each in is_open], patients,
    )  # fmt: skip


def week(days, system="mmwr", **more):
    return alarms_of_week(days, DETECTOR, system, more.pop("edition", Edition()), **more)


def test_a_code_above_its_season_is_listed():
    """With its week, its limit, and how many false ones are to be expected among such."""
    found = week(history(J10_1=8))
    ((level, code, observed, expected, upper, p, q),) = found.alarms
    assert (level, code, observed) == ("diagnosis", "J10.1", 56)
    assert 8 < expected < 16 < upper < 56
    assert p <= q < 0.001
    assert (found.answer, found.week, found.first, found.last, found.tested) == (
        "tested", EpiWeek(2025, 51), dt.date(2025, 12, 14), SATURDAY, 2,
    )  # fmt: skip


def test_an_ordinary_week_has_no_alarm():
    """And is tested."""
    found = week(history(J10_1=2))
    assert (found.answer, found.alarms, found.weeks) == ("tested", [], DETECTOR.first)


@pytest.mark.parametrize(
    ("system", "date", "last"),
    [
        ("mmwr", dt.date(2025, 12, 22), SATURDAY),
        ("mmwr", SATURDAY, SATURDAY),
        ("iso", dt.date(2025, 12, 22), dt.date(2025, 12, 21)),
        ("iso", dt.date(2025, 12, 20), dt.date(2025, 12, 14)),
    ],
)
def test_the_newest_whole_week_is_tested(system, date, last):
    """A week of the CDC ends on Saturday, one of ISO on Sunday."""
    assert last_day(date, system) == last


def test_a_week_53_is_a_week_as_any_other():
    """It reaches into the next year."""
    found = week(history(dt.date(2026, 1, 3), J10_1=8))
    assert (str(found.week), found.first, [each.code for each in found.alarms]) == (
        "2025-W53", dt.date(2025, 12, 28), ["J10.1"],
    )  # fmt: skip


def test_too_few_years_are_an_answer():
    """Whatever came in the week."""
    found = week(history(days=7 * 52 * 3 - 60, J10_1=80))
    assert (found.answer, found.alarms, found.tested, found.untested) == ("too_short", (), 0, 2)


def test_a_week_with_missing_days_is_no_fall():
    """It is missing, among those before too."""
    gap = (SATURDAY - dt.timedelta(days=1),)
    assert week(history(closed=gap, J10_1=8)).answer == "missing"
    before = (SATURDAY - dt.timedelta(days=30),)
    assert week(history(closed=before, J10_1=8)).weeks == DETECTOR.first - 1


def test_a_house_that_is_closed_on_sundays_has_whole_weeks():
    """Six days are its ordinary week."""
    found = week(history(closed=(6,), J10_1=8))
    assert (found.answer, [each.observed for each in found.alarms]) == ("tested", [48])


def test_a_code_without_a_past_is_not_tested():
    """D71.1 is of October 2025: its zeros before say nothing."""
    days = history(D71_1=8)
    days.patients["D71.1"][: -7 * 11] = [0] * (len(days.dates) - 7 * 11)
    assert [each.code for each in week(days).alarms] == ["D71.1"]
    found = week(days, edition=icd10cm())
    assert (found.alarms, found.untested) == ([], 1)


def test_a_syndrome_is_the_sum_over_its_codes():
    """Beside them."""
    found = week(history(J10_1=3, J11_1=3), syndromes=[Syndrome("flu", "J1*")])
    assert [(each.level, each.code, each.observed) for each in found.alarms][:1] == [("syndrome", "flu", 42)]


def test_weeks_of_a_known_outbreak_do_not_say_what_is_usual():
    """Those of the same season a year before."""
    days = history(J10_1=4)
    for back in range(350, 380):
        days.patients["J10.1"][-back] = 9
    listed = KnownOutbreak("J10", SATURDAY - dt.timedelta(days=380), SATURDAY - dt.timedelta(days=349))
    plain, known = week(days), week(days, outbreaks=[listed])
    assert [each.upper for each in plain.alarms] != [each.upper for each in known.alarms]
    assert [each.code for each in known.alarms] == ["J10.1"]
