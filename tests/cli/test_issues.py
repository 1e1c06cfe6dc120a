"""Late records and the issues they lead to, as a user sees them, on a real Kafka and HDFS."""

import csv
import json
import os
import pty
import subprocess
import sys

import pytest

DAY = "2025-12-22"
RECORD = {
    "patient_id": "synthetic-1", "age": 40, "gender": "F", "diagnosis_code": "E11", "visit_date": DAY,
    "treatment_code": "=1+1", "outcome": "ongoing",
}  # fmt: skip
FIRST = "2025-12-23T12:00:00.000+00:00"
SECOND = "2025-12-25T12:00:00.000+00:00"


def send(cli_on_stack, **fields):
    """One record into the topic."""
    done = cli_on_stack("produce", "-", stdin=json.dumps(RECORD | fields).encode() + b"\n")
    assert done.code == 0, done.err


@pytest.fixture
def two_issues(cli_on_stack):
    """A date published twice: two days later a record of a second patient came."""
    send(cli_on_stack)
    assert cli_on_stack("run", DAY, HEALTHTRENDS_NOW=FIRST).code == 0
    send(cli_on_stack, patient_id="synthetic-2", gender="M", age=50)
    assert cli_on_stack("ingest").code == 0
    assert cli_on_stack("status", "--json").document()["dates"][0]["report"] == "stale"
    done = cli_on_stack("run", "--reprocess", "stale", HEALTHTRENDS_NOW=SECOND)
    assert done.code == 0, done.err
    return cli_on_stack


def test_issues_of_a_date_are_listed_compared_and_read_as_of_any_time(two_issues):
    """All that a late record leaves behind, in one walk, as each step needs the servers."""
    cli_on_stack = two_issues
    listed = list(csv.DictReader(cli_on_stack("report", DAY, "--issues").out.splitlines()))
    assert [(row["issue"], row["reason"], row["state"], row["changed"]) for row in listed] == [
        ("1", "missing", "provisional", ""),
        ("2", "stale", "final", "1"),
    ]
    old = "diagnosis,count,avg_age,gender_ratio\nE11,1,40.0,0.0\n"
    new = "diagnosis,count,avg_age,gender_ratio\nE11,2,45.0,0.5\n"
    asked = {
        ("--issue", "1"): old,
        ("--as-of", "2025-12-24"): old,
        ("--as-of", "2025-12-25T12:59:59+01:00"): old,
        ("--as-of", "2025-12-25T13:00:00+01:00"): new,
        (): new,
    }
    assert {which: cli_on_stack("report", DAY, *which).out for which in asked} == asked
    assert cli_on_stack("report", DAY, "--as-of", "2025-12-22").code == 2
    assert cli_on_stack("report", DAY, "--diff", "1", "2").out == (
        "diagnosis,change,count_before,count_after,avg_age_before,avg_age_after,"
        "gender_ratio_before,gender_ratio_after\nE11,changed,1,2,40.0,45.0,0.0,0.5\n"
    )
    (row,) = cli_on_stack("report", DAY, "--diff", "2", "1", "--json").document()["rows"]
    assert (row["change"], row["before"]["count"], row["after"]["count"]) == ("changed", 2, 1)


def test_a_report_is_a_table_on_a_terminal_and_csv_elsewhere(cli_on_stack):
    """The file in the pipe is the contract's, with the formula; a spreadsheet's has it as text."""
    send(cli_on_stack)
    assert cli_on_stack("run", DAY).code == 0
    command = ("report", DAY, "--name", "treatment_outcomes")
    assert cli_on_stack(*command).out.splitlines()[1].startswith("E11,=1+1,1,")
    assert cli_on_stack(*command, "--spreadsheet").out.splitlines()[1].startswith("E11,'=1+1,1,")
    shown = on_a_terminal(cli_on_stack, *command)
    assert "treatment_outcomes of 2025-12-22, issue 1, provisional" in shown
    assert "E11,=1+1" not in shown


def test_a_terminal_says_counts_in_place_of_a_percentage_of_a_few(cli_on_stack):
    """And against how many of which weekday; the CSV has the share."""
    send(cli_on_stack)
    send(cli_on_stack, visit_date="2025-12-15")
    assert cli_on_stack("run", DAY).code == 0
    command = ("report", DAY, "--name", "top_diagnoses")
    assert cli_on_stack(*command).out.splitlines()[1] == "1,E11,1,1,100.0,,1.0,0.0,1.0,0.0"
    shown = on_a_terminal(cli_on_stack, *command, columns=200)
    assert "change_vs_same_weekday against 1 Monday" in shown
    assert shown.count("1 (usually 1)") == 2


def test_any_issue_is_saved_as_one_page_or_as_tables_for_other_programs(cli_on_stack):
    """Files for the user alone; the page needs no other file."""
    send(cli_on_stack)
    assert cli_on_stack("run", DAY).code == 0
    send(cli_on_stack, patient_id="late")
    assert cli_on_stack("run", DAY).code == 0
    page, folder = cli_on_stack.folder / "kept" / "page.html", cli_on_stack.folder / "tables"
    saved = cli_on_stack("report", DAY, "--issue", "1", "--save", str(page))
    assert (saved.code, saved.out, page.stat().st_mode & 0o777) == (0, f"{page}\n", 0o600)
    assert "Issue 1, made" in page.read_text("utf-8")
    assert "<script src=" not in page.read_text("utf-8")
    assert cli_on_stack("report", DAY, "--issue", "1", "--exports", str(folder)).code == 0
    assert {"trends.json", "datapackage.json", "trend_summary.parquet"} <= {f.name for f in folder.iterdir()}
    assert json.loads((folder / "trends.json").read_bytes())["issue"] == 1
    refused = cli_on_stack("report", DAY, "--save", str(folder / "trends.json" / "page.html"))
    assert (refused.code, "cannot be written" in refused.err) == (2, True)


def on_a_terminal(cli_on_stack, *arguments, columns=100):
    """What a command shows on a terminal so many columns wide."""
    main, terminal = pty.openpty()
    environ = cli_on_stack.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-m", "healthtrends.cli", *arguments],
        cwd=cli_on_stack.folder, env=environ, stdin=subprocess.DEVNULL, stdout=terminal,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(main, 65536):
            shown += piece
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(main)
    assert process.wait(60) == 0
    return shown.decode()
