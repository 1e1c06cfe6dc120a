"""Days of few people: nearly all of their counts are small; what may be told of them is still released."""

import datetime as dt

import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.pipeline import Pipeline
from tests.golden.local_pipeline import LocalPipeline
from tests.golden.random_day import DATE, line, random_lines

pytestmark = pytest.mark.slow

DAY = dt.date.fromisoformat(DATE)
PERSON = {
    "age": 40,
    "gender": "F",
    "diagnosis_code": "E11.9",
    "treatment_code": "T1",
    "outcome": "ongoing",
    "recorded_at": f"{DATE}T08:00:00Z",
}


@pytest.fixture
def release(tmp_path):
    """Send lines, publish and release their day."""
    place = LocalPipeline(tmp_path / "data", open_engine(EngineOptions(work=tmp_path / "work")))

    def released(lines, *before):
        place.send([*before, *lines])
        place.run([DAY])
        done = Pipeline(place).releases.release(DAY, ReleaseOptions(force=True))
        assert all(finding.passes for finding in Pipeline(place).releases.audit(DAY))
        return done

    yield released
    place.close()


@pytest.mark.parametrize(
    ("seed", "lines", "patients"),
    [
        pytest.param(101, 3, 2, id="who came twice is told by all visits"),
        pytest.param(1300, 7, 5, id="who came four times is told by all records"),
        pytest.param(400, 6, 1, id="one person"),
        pytest.param(700, 10, 3, id="three persons"),
        pytest.param(5800, 37, 13, id="nothing ends how often a treatment was given"),
        pytest.param(3000, 30, 12, id="nothing ends how many records were replaced"),
    ],
)
def test_a_day_of_few_people_is_released(release, seed, lines, patients):
    """Its audit passes."""
    assert release(random_lines(seed, lines, patients=patients, ids=True)).action == "released"


def test_a_day_without_facilities_is_released_after_one_with_them(release):
    """Its rows of facilities are zeros, which do not add up to all records."""
    before = line(patient_id="0" * 32, **PERSON, visit_date=str(DAY - dt.timedelta(days=7)), facility_id="H1")
    lines = [line(patient_id=f"{number:032x}", **PERSON, visit_date=DATE) for number in range(2)]
    assert release(lines, before).action == "released"
