"""What the read API gives of a root: the same as the commands, as tables."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from healthtrends.errors import DamageFound, UsageError
from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.issue_reader import IssueReader
from healthtrends.orchestrate.pipeline import Pipeline
from tests.unit.test_cubes import BEFORE, LAST

COUNTS = ["date", "issue", "diagnosis", "count"]


def rows(table, columns):
    return [tuple(row[name] for name in columns) for row in table.rows()]


def test_a_report_of_a_date_is_that_of_its_newest_issue(data):
    """With its date and issue in each row."""
    assert rows(data.reports("trend_summary", LAST), COUNTS) == [(LAST, 2, "E11", 40)]


@pytest.mark.parametrize("which", [{"issue": 1}, {"as_of": "2025-12-26"}, {"as_of": "2025-12-27T07:59:59Z"}])
def test_an_earlier_issue_is_read_by_number_or_by_time(data, which):
    """A date stands for its end."""
    assert rows(data.reports("trend_summary", "2025-12-22", **which), COUNTS) == [(LAST, 1, "E11", 30)]


def test_a_range_has_the_issue_of_each_date_that_has_one(data):
    """Others are left out, also those that had none at that time."""
    assert rows(data.reports("trend_summary", "2025-12-01", "2025-12-31"), COUNTS) == [
        (BEFORE, 1, "E11", 12),
        (LAST, 2, "E11", 40),
    ]
    assert rows(data.reports("trend_summary", BEFORE, LAST, as_of="2025-12-22"), COUNTS) == []


def test_a_range_has_a_batch_a_date_and_no_more_is_read(data, monkeypatch):
    """So a range of years needs no more memory than a date."""
    read, real = [], IssueReader.read

    def noted(reader, issue, report):
        read.append(issue.date)
        return real(reader, issue, report)

    monkeypatch.setattr(IssueReader, "read", noted)
    batches = data.reports("trend_summary", BEFORE, LAST).batches()
    assert read == []
    assert next(batches).column("date").to_pylist() == [BEFORE]
    assert read == [BEFORE]


def test_a_table_is_that_of_the_parquet_export(data, place):
    """Same columns, types and values; only the number of the issue is added."""
    pipeline = Pipeline(place)
    export = pipeline.exports(pipeline.published.issue(LAST))["top_diagnoses.parquet"]
    table = data.reports("top_diagnoses", LAST).to_arrow()
    assert table.drop_columns("issue").equals(pq.read_table(pa.BufferReader(export)))


def test_the_schema_is_known_without_reading_and_for_no_rows(data):
    """A range without any issue is an empty table of the same columns."""
    empty = data.reports("trend_summary", "2020-01-01", "2020-01-31")
    assert empty.to_arrow().schema == data.reports("trend_summary", LAST).schema
    assert empty.to_arrow().num_rows == 0


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda data: data.reports("trend_summary", "2025-12-01"), "there is no issue of 2025-12-01"),
        (lambda data: data.reports("nonsense", LAST), "there is no report 'nonsense'"),
        (lambda data: data.reports("trend_summary", "22.12.2025"), "is no date"),
        (lambda data: data.reports("trend_summary", LAST, BEFORE), "is after"),
        (lambda data: data.reports("trend_summary", BEFORE, LAST, issue=1), "an issue is of one date"),
        (lambda data: data.reports("trend_summary", LAST, as_of=dt.datetime(2025, 12, 24)), "has no zone"),  # noqa: DTZ001  that is the mistake
        (lambda data: data.reports("trend_summary", LAST, as_of="noon"), "is no time"),
        (lambda data: data.releases("trend_summary", LAST), "there is no release of 2025-12-22"),
        (lambda data: data.records(LAST, columns=["name"]), "a record has no name"),
    ],
)
def test_what_is_not_there_is_an_error_of_the_package(data, ask, words):
    """At once, not when the table is read."""
    with pytest.raises(UsageError, match=words):
        ask(data)


def test_issues_are_listed_with_time_and_commit(data):
    """Of one date, or of a range; as of a time."""
    columns = ["date", "issue", "reason", "state", "records"]
    assert rows(data.issues(LAST), columns) == [
        (LAST, 1, "missing", "provisional", 30),
        (LAST, 2, "stale", "final", 40),
    ]
    assert rows(data.issues(BEFORE, LAST, as_of="2025-12-23"), ["date", "issue"]) == [(BEFORE, 1), (LAST, 1)]
    (first, _) = data.issues(LAST).rows()
    assert first["published_at"] >= dt.datetime(2025, 12, 23, 8, tzinfo=dt.UTC)


def test_the_history_of_a_code_tells_zero_from_unknown(data):
    """A day without any record is not known; a code that nobody had has zero on the others."""
    found = data.history("E11", BEFORE, LAST)
    assert rows(found, ["state", "patients", "visits"]) == [
        ("observed", 12, 12), ("none", None, None), ("none", None, None), ("observed", 40, 40),
    ]  # fmt: skip
    assert rows(data.history("j45", LAST), ["patients"]) == [(0,)]


def test_alarms_have_a_row_each_and_their_days_say_why_there_is_none(data):
    """Two days are too short a history."""
    assert data.alarms(LAST).to_arrow().num_rows == 0
    assert rows(data.alarm_days(BEFORE, LAST), ["date", "answer", "alarms"])[-1] == (LAST, "too_short", 0)


def test_records_are_the_stored_lines(data):
    """Typed as an engine reads them, with the commit that names the files."""
    records = data.records(LAST)
    assert (records.date, records.lines) == (LAST, 40)
    table = records.to_arrow()
    assert table.num_rows == 40
    assert (table.schema.field("age").type, set(table["age"].to_pylist())) == (pa.int32(), {4})
    assert set(table["treatment_code"].to_pylist()) == {"T"}
    assert table["status"].null_count == 40


def test_records_may_be_of_some_columns(data):
    """In the order that is asked for."""
    found = data.records(LAST, columns=["diagnosis_code", "age"]).to_arrow()
    assert found.column_names == ["diagnosis_code", "age"]
    assert found.num_rows == 40


def test_a_date_without_records_has_no_rows(data):
    """And the columns all the same."""
    assert data.records("2020-01-01").to_arrow().num_rows == 0


def test_records_that_are_not_those_committed_are_damage(data, place):
    """Same length, another content: found at the end of the file."""
    (file, *_) = sorted((place.folder / f"r/patient_json/date={BEFORE}").glob("*.jsonl"))
    file.write_bytes(file.read_bytes().replace(b'"age":4', b'"age":5'))
    with pytest.raises(DamageFound, match="differs from its manifest"):
        data.records(BEFORE).to_arrow()


def test_records_stay_those_of_their_commit_when_files_are_merged(data, place):
    """A table that was made before a compaction reads the files where they lie now."""
    records = data.records(LAST)
    Pipeline(place).compaction.merge(LAST)
    assert records.to_arrow().num_rows == 40
    assert data.records(LAST).commit > records.commit


def test_dates_are_listed_by_what_they_have(data):
    """Reports, releases, records."""
    assert data.dates() == data.dates("records") == [BEFORE, LAST]
    assert data.dates("releases") == []
    assert data.latest() == LAST


def test_nothing_is_read_once_the_data_are_closed(data):
    """Neither by a table that was made before."""
    table = data.reports("trend_summary", LAST)
    data.close()
    data.close()
    for ask in (table.to_arrow, data.dates):
        with pytest.raises(UsageError, match="the data are closed"):
            ask()


@pytest.mark.slow
def test_a_release_has_what_left_the_house_and_says_what_is_hidden(data, place):
    """A hidden field is null, never zero, with the reason `hidden`."""
    Pipeline(place).releases.release(LAST, ReleaseOptions(force=True))
    (row,) = data.releases("trend_summary", LAST).rows()
    assert (row["issue"], row["diagnosis"], row["count"], row["suppressed"]) == (1, "E11", 40, None)
    (genders,) = [row for row in data.releases("diagnosis_detail", LAST).rows() if row["diagnosis"] == "E11"]
    assert genders["patients"] == 40
    assert rows(data.issues(LAST, released=True), ["issue", "released_issue"]) == [(1, 2)]
    assert data.dates("releases") == [LAST]
    with pytest.raises(UsageError, match="there is no release 7 of"):
        data.releases("trend_summary", LAST, issue=7)
