"""The outbreak inside of the demo's records: found on the day that the tutorial names, quiet before it."""

import datetime as dt
from collections import defaultdict

import msgspec
import numpy as np
import pytest

from healthtrends.cli.commands.demo import BAD_SHARE, FIRST, LAST, RECORDS, SEED
from healthtrends.config import alarm_defaults
from healthtrends.detect.day_series import DaySeries, SeriesName
from healthtrends.detect.series import Series
from healthtrends.detect.series_registry import make_series_detector
from healthtrends.detect.triage import Rules, find_alarms
from healthtrends.sources.outbreak import doubling_outbreak
from healthtrends.sources.synthetic import SyntheticPlan, synthetic

OUTBREAK = doubling_outbreak(LAST)
REACH = 30
LINES_OF_A_SCREEN = 24


@pytest.fixture(scope="module")
def patients():
    """Distinct patients by code and day, and visits by day."""
    found = defaultdict(lambda: defaultdict(set))
    plan = SyntheticPlan(
        records=RECORDS, seed=SEED, first=FIRST, last=LAST, outbreak=OUTBREAK, bad_share=BAD_SHARE
    )
    for message in synthetic(plan):
        try:
            record = msgspec.json.decode(message.value)
            found[record["diagnosis_code"]][record["visit_date"]].add(record["patient_id"])
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
            continue  # one that was broken on purpose
    return {code: days for code, days in found.items() if isinstance(code, str)}


def listed(patients, day):
    """Codes on the list of a day, the most severe first, by the defaults."""
    dates = [day - dt.timedelta(days=back) for back in range(min(REACH, (day - FIRST).days), -1, -1)]
    codes = sorted(patients)
    counts = np.array([[len(patients[code].get(str(date), ())) for code in codes] for date in dates], float)
    names = [SeriesName("diagnosis", code, frozenset([code])) for code in codes]
    series = DaySeries(Series(dates[0], codes, counts, counts.sum(axis=1)), names, lambda *_: "")
    alarms, _ = find_alarms(series, Rules(make_series_detector(alarm_defaults.DETECTOR, {})))
    return [alarm.code for alarm in alarms]


def test_the_outbreak_stands_first_on_the_page_of_the_demo(patients):
    """It runs the last day, on which the cases have doubled for the third time."""
    assert listed(patients, LAST)[0] == OUTBREAK.code == "J10.1"


def test_the_days_before_are_quiet(patients):
    """No alarm of the code while it is within its usual scatter, nor in the week before it began."""
    days = [LAST - dt.timedelta(days=back) for back in range(1, 11)]
    assert [day for day in days if OUTBREAK.code in listed(patients, day)] == []


def test_the_two_days_before_have_an_empty_list(patients):
    """What is found on the last day was not there already."""
    assert [listed(patients, LAST - dt.timedelta(days=back)) for back in (1, 2)] == [[], []]


def test_the_lists_of_an_ordinary_week_fit_a_screen(patients):
    """All seven of them together, before the outbreak."""
    week = [LAST - dt.timedelta(days=back) for back in range(4, 11)]
    assert sum(len(listed(patients, day)) for day in week) < LINES_OF_A_SCREEN
