"""What `forget` prints: dates, numbers and offsets, never the person."""

import json

import pytest

from healthtrends.cli.commands.forget_text import show_erased, show_found
from healthtrends.cli.output import Output
from healthtrends.ingest.erasure import ErasureSurvey
from healthtrends.observe import configure
from healthtrends.orchestrate.forget import ForgetResult


@pytest.fixture
def result():
    """Two dates, one published; Kafka has the messages of one partition."""
    survey = ErasureSurvey(
        records={"2025-12-20": 2, "2025-12-21": 1}, record_files=3, rejects=1, reject_files=1, seq=9
    )
    return ForgetResult(
        survey,
        issues={"2025-12-20": [1, 2, 3, 4]},
        cubes=["2025-12-21"],
        windows=["2025-12-22", "2025-12-23"],
        is_searched=False,
        topic=[(0, 5, 9)],
    )


def output(*, as_json=False):
    return Output(configure(quiet=False, verbose=False, json=as_json, log_format="plain"))


def test_a_look_names_places_and_says_that_nothing_was_changed(result, capsys):
    """A line for each date, then rejects, windows and offsets."""
    show_found(output(), result)
    said = capsys.readouterr().out
    for part in (
        "2025-12-20",
        "1 to 4",
        "1 reject in 1 file",
        "2025-12-22 to 2025-12-23",
        "offsets 5 to 8",
        "--yes",
    ):
        assert part in said
    assert "their bytes were not searched" in said


def test_nobody_found_is_said_in_one_line(capsys):
    """And nothing else."""
    show_found(output(), ForgetResult(ErasureSurvey()))
    assert capsys.readouterr().out == "nothing that is stored holds this person\n"


def test_json_has_numbers_of_both(result, capsys):
    """One document."""
    record = {
        "dates": [
            {"date": "2025-12-20", "action": "published"},
            {"date": "2025-12-22", "action": "up to date"},
        ],
        "exit_code": 5,
        "error": {"what": "HDFS is down", "why": "", "next": "wait"},
    }
    show_erased(output(as_json=True), result, record, 1)
    found = json.loads(capsys.readouterr().out)
    assert (found["lines"], found["published"], found["opted_out"], found["exit_code"]) == (
        4,
        ["2025-12-20"],
        1,
        5,
    )
    assert found["topic"] == [{"partition": 0, "first": 5, "next": 9}]


def test_a_failure_behind_the_commit_says_to_run_it_again(result, capsys):
    """It goes on from there."""
    error = {"what": "HDFS is down", "why": "", "next": "wait"}
    show_erased(output(), result, {"dates": [], "exit_code": 5, "error": error}, 0)
    said = capsys.readouterr()
    assert "erased by commit 9" in said.out
    assert "run the same command again" in said.err
