"""Series of codes by age, gender, facility and region: their names, their counts, and their alarms."""

import datetime as dt

import pyarrow as pa
import pytest

from healthtrends.analyze.code_ages import code_ages, encoded
from healthtrends.analyze.code_strata import code_of, stratum_counts
from healthtrends.analyze.parquet import encode
from healthtrends.config.alarms import Alarms
from healthtrends.config.retention import Retention
from healthtrends.model.known_days import KnownOutbreak
from healthtrends.orchestrate.pipeline import Pipeline
from tests.unit.signal_world import DATE, SignalWorld

pytestmark = pytest.mark.slow


def counts(level, content):
    names, patients = stratum_counts(level, content)
    return dict(zip(names.to_pylist(), patients.tolist(), strict=True))


def test_ages_are_counted_by_group():
    """Bands of five years are put together."""
    day = pa.table({"diagnosis_code": ["J10.1"] * 3, "age": [0, 4, 70], "patients": [1, 2, 3]})
    assert counts("age_group", encoded(code_ages(day))) == {"J10.1 0-4": 3, "J10.1 65+": 3}


def test_genders_of_nobody_are_no_series():
    """The table of codes has a column for each."""
    row = {"diagnosis": ["J10.1"], "men": [2], "women": [0], "other": [0], "unknown": [1]}
    assert counts("gender", encode(pa.table(row))) == {"J10.1 M": 2, "J10.1 U": 1}


def test_a_place_may_hold_blanks_and_its_code_is_found():
    """A code holds none."""
    rows = {"level": ["facility", "region"], "diagnosis": ["E11"] * 2, "part": ["St Ann", "north"]}
    content = encode(pa.table({**rows, "patients": [4, 5]}))
    assert counts("facility", content) == {"E11 St Ann": 4}
    assert counts("region", content) == {"E11 north": 5}
    assert code_of("E11 St Ann") == "E11"


@pytest.fixture
def world(tmp_path):
    """Two weeks of one code: 20 to 32 adults a day at one house, 3 children at another; on the date 12."""
    world = SignalWorld(tmp_path, None)
    for back in range(14, -1, -1):
        world.receive(back, age=40, facility="H1", I10=40, E11_9=20 + back * 7 % 13)
        world.receive(back, age=4, facility="H 2", E11_9=3 if back else 12)
    yield world
    world.close()


def listed(world, *levels, **settings):
    world.alarms = Alarms(detector="ewma", min_count=3, levels=levels, **settings)
    world.run([DATE], reprocess="all")
    return [(row["level"], row["code"], row["observed"]) for row in world.report("alarms")]


def test_a_rise_among_few_is_seen_where_they_are_told_apart(world):
    """Among all patients of the code it is no alarm."""
    assert listed(world, "diagnosis", "category", "chapter") == []
    assert listed(world, "diagnosis", "age_group") == [("age_group", "E11.9 0-4", 12)]
    (row,) = world.report("alarms")
    assert row["title"] == "Type 2 diabetes mellitus without complications"
    assert listed(world, "gender") == []


def test_a_code_by_place_is_counted_when_it_is_asked_for(world):
    """Cubes that do not tell it are made again, those of the days before too."""
    assert listed(world, "age_group") != []
    assert listed(world, "facility") == [("facility", "E11.9 H 2", 12)]
    assert listed(world, "region") == []


def test_a_code_and_one_of_its_ages_that_rise_are_one_entry(world):
    """It names both."""
    world.receive(0, age=4, E11_9=60)
    assert listed(world, "diagnosis", "age_group") == [("diagnosis", "E11.9", 92)]
    (row,) = world.report("alarms")
    assert row["reason"].endswith("; with age_group E11.9 0-4")


def test_a_known_outbreak_of_a_code_is_one_of_its_ages_too(world):
    """Its days are out of their baselines."""
    outbreak = KnownOutbreak("E11", DATE - dt.timedelta(days=30), DATE - dt.timedelta(days=3))
    assert listed(world, "age_group") != []
    Pipeline(world).annotations.add_outbreak(outbreak, "dr.k")
    assert listed(world, "age_group") == []


def test_days_that_expired_before_a_place_was_asked_for_stay_days_of_the_code(world, monkeypatch):
    """Their cubes cannot be made again; only the places of these days are not known."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", f"{DATE + dt.timedelta(days=2)}T12:00:00+00:00")
    world.run([DATE - dt.timedelta(days=back) for back in range(14, -1, -1)])
    world.retention = Retention(records_days=10)
    assert len(Pipeline(world).expire(dry_run=False).dates) > 4
    world.retention = Retention()
    assert listed(world, "diagnosis", "facility") == []
    assert world.detection().days == 14
