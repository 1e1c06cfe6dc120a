"""The exports: whole with their issue, true to the CSV, and valid in the languages that describe them."""

import dataclasses
import datetime as dt
import hashlib
import io
import json
from pathlib import Path

import duckdb
import jsonschema
import msgspec
import pyarrow.parquet as pq
import pytest

from healthtrends.model.csvtext import csv_bytes, csv_rows
from healthtrends.publish.exports import exports
from healthtrends.publish.issue_manifest import Provenance, new_issue
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.registry import decode_reports, schemas
from healthtrends.storage.layout import Layout
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.browser.sample import ALARMS, NOWCAST, TRENDS

DATE = dt.date(2025, 12, 22)
GOLDEN = Path(__file__).parents[1] / "golden/day/expected"
REPORTS = tuple(schemas())
REPORTS_CSV = {name: (GOLDEN / f"{name}.csv").read_bytes() for name in REPORTS}
# The golden day stands alone, so nothing is unusual on it; it has no log, so nobody knows when it came.
REPORTS_CSV |= {
    name: csv_bytes(schemas()[name].column_names, rows)
    for name, rows in (("alarms", ALARMS), ("trends", TRENDS), ("nowcast", NOWCAST))
}
SOURCE = Provenance(
    date=DATE, seq=7, inputs=("/r/f",), input_records=108, engine="embedded", engine_version="0",
    run_id="run", reason="missing", state="provisional", provisional_until=DATE + dt.timedelta(days=2),
)  # fmt: skip


def exported(reports=REPORTS_CSV, **source):
    """Files by name, of the golden day or of other reports."""
    issue = new_issue(msgspec.structs.replace(SOURCE, **source), reports, 3)
    files = exports(issue, decode_reports(reports, is_fed=issue.source.fed))
    return {path.removeprefix("exports/"): content for path, content in files.items()}


@pytest.fixture(scope="module")
def files():
    return exported()


@pytest.fixture(scope="module")
def unfed():
    """A date that no record ever came for: fixed rows with 0, as the contract has them."""
    genders = [(gender, "0", "0", "", "") for gender in "MFOU"]
    rows = {name: [] for name in REPORTS} | {"gender_breakdown": genders}
    return exported(
        {name: csv_bytes(schemas()[name].column_names, rows[name]) for name in REPORTS}, input_records=0
    )


def document(files):
    return json.loads(files["trends.json"])


@pytest.mark.parametrize("day", ["files", "unfed"])
def test_the_document_is_valid_by_the_schema_beside_it(day, request):
    """Draft 2020-12; the schema itself is valid, too."""
    files = request.getfixturevalue(day)
    schema = json.loads(files["trends.schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(
        document(files)
    )


def test_the_schema_refuses_what_is_not_in_it(files):
    """A count as text, a column too many, a reason that nobody knows."""
    validator = jsonschema.Draft202012Validator(json.loads(files["trends.schema.json"]))
    for change in ({"count": "3"}, {"shoe_size": 43}, {"missing": {"count": "lazy"}}):
        changed = document(files)
        changed["reports"]["trend_summary"][0] |= change
        assert not validator.is_valid(changed), change


def as_text(value):
    return "" if value is None else str(value)


@pytest.mark.parametrize("report", REPORTS)
def test_the_document_holds_the_values_of_the_csv(files, report):
    """Every row and column; numbers as numbers."""
    header, *rows = csv_rows(REPORTS_CSV[report])
    text = [tuple(as_text(row[name]) for name in header) for row in document(files)["reports"][report]]
    assert text == rows


@pytest.mark.parametrize("report", REPORTS)
def test_a_parquet_file_holds_the_values_of_the_csv(files, report):
    """With date and state in every row, and types from the data dictionary."""
    table = pq.read_table(io.BytesIO(files[f"{report}.parquet"]))
    header, *rows = csv_rows(REPORTS_CSV[report])
    text = [tuple(as_text(row[name]) for name in header) for row in table.to_pylist()]
    assert text == rows
    assert set(table["date"].to_pylist()) == {DATE}
    assert set(table["state"].to_pylist()) == {"provisional"}


def test_parquet_files_of_several_dates_are_one_table(files, unfed, tmp_path):
    """An empty one has the same columns and types; missing reasons can be asked for."""
    for name, each in (("a", files), ("b", unfed)):
        (tmp_path / f"{name}.parquet").write_bytes(each["gender_breakdown.parquet"])
    query = "select distinct date, missing['patients'] as why from read_parquet(?) order by why nulls last"
    found = duckdb.execute(query, [f"{tmp_path}/*.parquet"]).fetchall()
    assert found == [(DATE, "no_feed"), (DATE, None)]


def test_a_missing_number_has_its_reason_in_its_row():
    """Empty in the CSV, null here, and no reason where nothing is missing."""
    rows = [("E11", "2", "40.0", "0.5"), ("I10", "1", "7.0", "")]
    files = exported(
        REPORTS_CSV | {"trend_summary": csv_bytes(schemas()["trend_summary"].column_names, rows)}
    )
    text = document(files)["reports"]["trend_summary"]
    assert "missing" not in text[0]
    assert (text[1]["gender_ratio"], text[1]["missing"]) == (None, {"gender_ratio": "undefined"})


def test_a_date_without_a_feed_has_no_zeros(unfed):
    """The fixed rows are there, their numbers are not."""
    text = document(unfed)
    assert text["feed"] == "none"
    assert {row["patients"] for row in text["reports"]["gender_breakdown"]} == {None}
    assert {row["missing"]["patients"] for row in text["reports"]["gender_breakdown"]} == {"no_feed"}


def test_the_data_package_describes_every_csv_beside_it(files):
    """Length, digest, columns in order, types, keys: as the standard (version 1) names them."""
    package = json.loads(files["datapackage.json"])
    assert package["profile"] == "tabular-data-package"
    assert [resource["name"] for resource in package["resources"]] == list(REPORTS)
    for resource in package["resources"]:
        content = files[resource["path"]]
        name = resource["name"]
        assert content == REPORTS_CSV[name]
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert [field["name"] for field in resource["schema"]["fields"]] == list(schemas()[name].column_names)
        assert resource["schema"]["primaryKey"] == list(schemas()[name].keys)
        assert resource["schema"]["missingValues"] == [""]


def test_the_types_of_the_data_package_fit_every_value_of_the_csv(files):
    """Each value reads as what its field says, keys are never empty and never double."""
    read = {"string": str, "integer": int, "number": float}
    for resource in json.loads(files["datapackage.json"])["resources"]:
        header, *rows = csv_rows(files[resource["path"]])
        for field, values in zip(resource["schema"]["fields"], zip(*rows, strict=True), strict=True):
            assert all(read[field["type"]](value) is not None for value in values if value)
        places = [header.index(name) for name in resource["schema"]["primaryKey"]]
        found = [tuple(row[place] for place in places) for row in rows]
        assert all(all(key) for key in found)
        assert len(set(found)) == len(found)


def test_every_column_is_described(files):
    """With its unit where it has one."""
    described = {
        (resource["name"], field["name"]): field["description"]
        for resource in json.loads(files["datapackage.json"])["resources"]
        for field in resource["schema"]["fields"]
    }
    assert all(described.values())
    columns = [
        (report, column) for report, schema in schemas().items() for column in schema.columns if column.unit
    ]
    assert all(column.unit in described[report, column.name] for report, column in columns)


def test_the_same_issue_gives_the_same_bytes(files):
    """But for the moment of its publication."""
    again = exported()
    differing = {name for name in files if files[name] != again[name]}
    assert differing <= {"trends.json", "datapackage.json"}


def test_exports_are_installed_and_kept_with_their_issue(tmp_path):
    """One folder a date, of the newest issue; those of an earlier issue are read from its copy."""
    pool = StorePool(LocalStore(tmp_path))
    try:
        issues = Issues(pool, Layout("/r"))
        reports = decode_reports(REPORTS_CSV, is_fed=True)
        first = issues.publish(SOURCE, reports, exports)
        none = dataclasses.replace(reports["trend_summary"], rows=())
        issues.publish(SOURCE, {**reports, "trend_summary": none}, exports)
        folder = "/r/reports/exports/date=2025-12-22"
        names = {entry.name for entry in pool.store.list(folder)}
        newest = json.loads(pool.store.read(f"{folder}/trends.json"))
        earlier = json.loads(issues.read_attachment(first, "exports/trends.json"))
    finally:
        pool.close()
    expected = {f"{name}.{form}" for name in REPORTS for form in ("csv", "parquet")}
    assert names == expected | {"_SUCCESS", "trends.json", "trends.schema.json", "datapackage.json"}
    assert (newest["issue"], newest["reports"]["trend_summary"]) == (2, [])
    assert (earlier["issue"], len(earlier["reports"]["trend_summary"])) == (1, 11)


@pytest.mark.parametrize(("system", "week"), [("mmwr", "2025-W53"), ("iso", "2025-W52")])
def test_exports_name_the_week_of_the_date(system, week):
    """In every row of Parquet, and in the document with its calendar."""
    issue = new_issue(msgspec.structs.replace(SOURCE, date=dt.date(2025, 12, 28)), REPORTS_CSV, 3)
    files = exports(issue, decode_reports(REPORTS_CSV, is_fed=True), system)
    table = pq.read_table(io.BytesIO(files["exports/trend_summary.parquet"]))
    assert set(table["epi_week"].to_pylist()) == {week}
    told = json.loads(files["exports/trends.json"])
    assert (told["epi_week"], told["epi_week_system"]) == (week, system)
