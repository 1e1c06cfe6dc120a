"""Exports of a release: the released tables as Parquet and a data package, and nothing else."""

import json

import pyarrow.parquet as pq
import pytest

from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.pipeline import Pipeline
from tests.unit.test_cubes import LAST
from tests.unit.test_releasing import OneAge

pytestmark = pytest.mark.slow


@pytest.fixture
def files(tmp_path):
    """Of a release that hides all: 40 patients are few where 50 are asked for."""
    place = OneAge(tmp_path / "data", None)
    place.receive(LAST, 40)
    place.run([LAST])
    releases = Pipeline(place).releases
    releases.release(LAST, ReleaseOptions("own", 50, force=True))
    folder = tmp_path / "tables"
    folder.mkdir()
    for name, content in releases.exports(LAST).items():
        (folder / name).write_bytes(content)
    yield folder
    place.close()


def test_a_hidden_number_is_null_and_its_rule_stands_beside_it(files):
    """Never 0."""
    (row,) = pq.read_table(files / "trend_summary.parquet").to_pylist()
    assert (row["date"], row["diagnosis"], row["count"]) == (LAST, "E11", None)
    assert row["suppressed"].startswith("count=")


def test_its_columns_are_those_of_the_exports_and_the_rule(files):
    """One form for exact and released tables, so that a program reads both."""
    (row,) = pq.read_table(files / "trend_summary.parquet").to_pylist()
    assert [*row][:3] == ["date", "epi_week", "state"]
    assert [*row][-2:] == ["suppressed", "missing"]
    assert dict(row["missing"])["count"] == "hidden"


def test_the_package_has_the_rule_and_each_column_with_its_meaning(files):
    """So the folder explains itself."""
    package = json.loads((files / "datapackage.json").read_bytes())
    assert "Counts from 1 to 49 are hidden" in package["description"]
    assert "empty is not zero" in package["description"]
    assert package["release"]["policy"] == "own"
    (summary,) = [each for each in package["resources"] if each["name"] == "trend_summary"]
    fields = {each["name"]: each for each in summary["schema"]["fields"]}
    assert "column=rule" in fields["suppressed"]["description"]
    assert (files / summary["path"]).stat().st_size == summary["bytes"]


def test_no_file_tells_what_is_hidden(files):
    """40, in any of them but as part of another word."""
    package = (files / "datapackage.json").read_text()
    assert '"input_records"' not in package
    shown = [line for path in files.glob("*.csv") for line in path.read_text().splitlines() if ",40," in line]
    assert shown == []
