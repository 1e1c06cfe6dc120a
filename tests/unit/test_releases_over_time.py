"""Releases of several dates of one root: made in order, or a day late; each is judged with the others."""

import datetime as dt

import pytest

from healthtrends.errors import ReleaseRefused
from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.earlier_releases import EarlierReleases
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.release import disclose
from tests.unit.test_cubes import LAST
from tests.unit.test_releasing import OneAge

pytestmark = pytest.mark.slow

DAY = dt.timedelta(days=1)
FORCED = ReleaseOptions(force=True)


@pytest.fixture
def new_place(tmp_path):
    """Makes a root whose last days have so many patients, numbered from 0 on each day, all published."""
    opened = []

    def make(*patients):
        place = OneAge(tmp_path / str(len(opened)), None)
        opened.append(place)
        dates = [LAST - back * DAY for back in reversed(range(len(patients)))]
        for date, number in zip(dates, patients, strict=True):
            place.receive(date, number)
        place.run(dates)
        return place

    yield make
    for place in opened:
        place.close()


def release(place, date, options=FORCED):
    return Pipeline(place).releases.release(date, options)


def exposed(place, date):
    return [finding for finding in Pipeline(place).releases.audit(date) if finding.is_exposed]


def windows(place, date):
    """Lines of windows of several days, as released."""
    path = place.folder / f"r/release/visit_frequency/date={date}/part-00000.csv"
    return [line for line in path.read_text().splitlines() if "days" in line]


def test_a_window_does_not_tell_how_few_came_once(new_place):
    """40 of 43 people came on both days: 83 visits are two of each of these, and the rest."""
    place = new_place(43, 40)
    for date in (LAST - DAY, LAST):
        assert release(place, date).action == "released"
        assert exposed(place, date) == []
    assert not any(line.startswith("7 days,2,40") for line in windows(place, LAST))


def test_a_window_without_small_classes_is_shown(new_place):
    """Nothing has to be hidden."""
    place = new_place(40, 60)
    for date in (LAST - DAY, LAST):
        release(place, date)
    assert windows(place, LAST)[:3] == ["7 days,1,20,", "7 days,2,40,", "7 days,3,0,"]


def test_the_audit_finds_windows_that_the_suppressor_forgot(new_place, monkeypatch):
    """Windows beside the days that they hold; the attempt after it shows none."""
    place = new_place(43, 40)
    release(place, LAST - DAY)
    monkeypatch.setattr(disclose, "find_window_constraints", lambda *_: ())
    monkeypatch.setattr(disclose, "_is_of_window", lambda _: False)
    with pytest.raises(ReleaseRefused) as refused:
        release(place, LAST)
    told = "visit_frequency.csv of 2025-12-22: patients, window=7 days, visits_per_patient=1: is 3"
    assert any(finding.startswith(told) for finding in refused.value.findings)


def test_a_day_that_is_released_late_may_be_refused(new_place, monkeypatch):
    """Its visits tell what a window that holds it hides; the windows of before were judged without it."""
    place = new_place(43, 40)
    monkeypatch.setattr(disclose, "find_window_constraints", lambda *_: ())
    release(place, LAST)
    monkeypatch.undo()
    with pytest.raises(ReleaseRefused, match=r"visit_frequency\.csv of 2025-12-22"):
        release(place, LAST - DAY)


def test_a_day_after_late_records_does_not_show_how_many_came(new_place):
    """The windows hold two more visits than the released day: they stay hidden."""
    place = new_place(40)
    release(place, LAST)
    place.receive(LAST, 2)
    place.receive(LAST + DAY, 60)
    place.run([LAST, LAST + DAY])
    assert release(place, LAST + DAY).action == "released"
    assert exposed(place, LAST + DAY) == []
    assert all("patients=whole_row" in line for line in windows(place, LAST + DAY))


def test_numbers_of_days_before_that_are_exact_are_found(new_place, monkeypatch):
    """A fault of what makes them: the day before hides what `previous_day` says."""
    place = new_place(4, 60)
    release(place, LAST - DAY)
    monkeypatch.setattr(EarlierReleases, "count", lambda _self, days_ago, _key: 4 if days_ago == 1 else 0)
    with pytest.raises(ReleaseRefused) as refused:
        release(place, LAST)
    assert refused.value.findings[0].startswith("top_diagnoses.csv: previous_day, diagnosis=E11")
