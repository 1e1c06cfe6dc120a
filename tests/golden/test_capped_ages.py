"""Ages in the release of a real day: the engine counts, the cube keeps, the release caps."""

import datetime as dt
import json

import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.pipeline import Pipeline
from tests.golden.local_pipeline import LocalPipeline

DAY = dt.date(2025, 12, 22)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A day of 40 women of one code, one visit each: 20 of 50 years, 19 of 95, one of 117; published."""
    folder = tmp_path_factory.mktemp("ages")
    place = LocalPipeline(folder / "data", open_engine(EngineOptions(work=folder / "work")))
    place.send(
        json.dumps(
            {
                "patient_id": f"P{number}", "age": age, "gender": "F", "diagnosis_code": "F03",
                "visit_date": str(DAY), "treatment_code": "T", "outcome": "ongoing",
                "recorded_at": f"{DAY}T08:00:00Z",
            },
            separators=(",", ":"),
        )
        for number, age in enumerate([50] * 20 + [95] * 19 + [117])
    )  # fmt: skip
    place.run([DAY])
    yield place
    place.close()


def field(place, folder, report, column):
    """A field of the first row of a report, or of the row F."""
    text = (place.folder / f"r/{folder}/{report}/date={DAY}/part-00000.csv").read_text()
    header, *lines = (line.split(",") for line in text.splitlines())
    row = next((line for line in lines if line[0] == "F"), lines[0])
    return row[header.index(column)]


def test_the_release_counts_ages_from_90_on_as_90(place):
    """(20 x 50 + 20 x 90) / 40 = 70; half are younger, so the median is between both and hidden."""
    assert Pipeline(place).releases.release(DAY, ReleaseOptions(force=True)).action == "released"
    assert field(place, "release", "trend_summary", "avg_age") == "70.0"
    assert field(place, "release", "gender_breakdown", "mean_age") == "70.0"
    assert field(place, "release", "diagnosis_detail", "median_age") == ""


def test_the_reports_of_the_house_have_the_exact_ages(place):
    """(20 x 50 + 19 x 95 + 117) / 40."""
    assert field(place, "reports", "trend_summary", "avg_age") == "73.05"
    assert field(place, "reports", "diagnosis_detail", "median_age") == "72.5"
