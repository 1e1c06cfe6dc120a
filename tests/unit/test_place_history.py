"""Visits by place of the days before a date, as a page gets them: through the view, from cubes."""

import dataclasses
import datetime as dt

import pyarrow as pa
import pytest

from healthtrends.analyze.compute_day import ComputedDay
from healthtrends.analyze.cube_tables import tables
from healthtrends.model.day_totals import Place
from healthtrends.orchestrate.views import Views
from healthtrends.publish.issue_store import Issues
from tests.unit.test_cubes import LAST, Counting
from tests.unit.test_release import Nobody

FIRST, NO_FEED, UNPLACED, UNREAD = (LAST - dt.timedelta(days=back) for back in (4, 3, 2, 1))
NO_PATIENTS = pa.table({"patient": pa.array([], pa.binary()), "visits": pa.array([], pa.int32())})
PLACES = {
    FIRST: [Place("facility", "", 1, 1), Place("facility", "H1", 3, 4), Place("facility", "H2", 2, 2)],
    LAST: [Place("facility", "H1", 5, 6), Place("region", "North", 5, 6)],
}


class Placed(Counting):
    """A house whose engine knows the places of two dates."""

    def compute(self, paths, date):
        day = super().compute(paths, date)
        if not paths:
            return day
        totals = dataclasses.replace(day.totals, places=PLACES.get(date, ()))
        table = tables(ComputedDay(totals, [NO_PATIENTS]))["place"]
        return dataclasses.replace(day, totals=totals, tables={**day.tables, "place": table})


@pytest.fixture
def house(tmp_path):
    """Four dates with records, of which the last but one is not counted."""
    house = Placed(tmp_path / "hdfs", None)
    for date, count in ((FIRST, 7), (UNPLACED, 9), (LAST, 6)):
        house.receive(date, count)
        house.run([date])
    house.receive(UNREAD, 3)
    house.run([LAST], only="ingest")
    yield house
    house.pool.close()


def view(house, policy, date=LAST):
    issues = Issues(house.pool, house.layout)
    issue = issues.newest(date)
    views = Views(house.state(), house.cubes(), policy)
    return views.of_issue(issue, issues.read_reports(issue), 60)


def test_each_place_has_its_visits_by_day_and_a_day_that_is_not_known_is_no_zero(house):
    """Zero where others are named; where none is, all visits of the day are of no place."""
    history = view(house, house.policy).history
    assert history.dates == [FIRST, NO_FEED, UNPLACED, UNREAD, LAST]
    assert history.places == {
        "facility": {
            "": [1, None, 9, None, 0],
            "H1": [4, None, 0, None, 6],
            "H2": [2, None, 0, None, 0],
        },
        "region": {"": [7, None, 9, None, 0], "North": [0, None, 0, None, 6]},
    }


def test_a_history_up_to_an_earlier_day_has_its_places_up_to_that_day(house):
    """As it has its other counts."""
    history = view(house, house.policy).history.until(UNPLACED)
    assert history.places["facility"]["H1"] == [4, None, 0]


def test_a_date_whose_records_name_no_place_reads_none(house):
    """It has no section, so nothing is read for one."""
    assert view(house, house.policy, UNPLACED).history.places == {}


def test_an_audience_that_may_see_no_history_gets_no_place(house):
    """Places go through the policy like all that a page shows."""
    assert view(house, Nobody()).history.places == {}
