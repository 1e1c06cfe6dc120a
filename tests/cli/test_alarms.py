"""The alarms of a date, and what is said of them, as a user sees it on a real Kafka and HDFS."""

import csv
import datetime as dt
import json
import re

import pytest

from tests.cli.test_issues import on_a_terminal

DATE = dt.date(2025, 12, 22)
USUAL = (5, 4, 6, 5, 7, 4, 5, 6, 4, 5, 6, 5, 4)
"""Patients of a code by how many days back; on the last two days it rises."""


COLOUR = re.compile(r"\x1b\[[\d;]*m")


def lines():
    """Two weeks of two codes; each record is of its own patient."""
    number = 0
    for back, usual in enumerate(USUAL):
        for code, count in (("I10", 40), ("J10.1", 30 if back < 2 else usual)):
            for _ in range(count):
                number += 1
                yield json.dumps({
                    "patient_id": f"synthetic-{number}", "age": 40, "gender": "F", "diagnosis_code": code,
                    "visit_date": str(DATE - dt.timedelta(days=back)), "treatment_code": "T",
                    "outcome": "ongoing",
                })  # fmt: skip


@pytest.fixture
def published(cli_on_stack):
    """A rise of two days, both published."""
    assert cli_on_stack("produce", "-", stdin="\n".join(lines()).encode() + b"\n").code == 0
    done = cli_on_stack("run", "--from", "2025-12-21", "--to", str(DATE))
    assert done.code == 0, done.err
    return cli_on_stack


def test_alarms_are_listed_taken_on_and_carried_to_the_next_day(published):
    """All that a user does with them, in one walk, as each step needs the servers."""
    cli = published
    first = cli("alarms", str(DATE))
    assert first.code == 0, first.err
    (row,) = csv.DictReader(first.out.splitlines())
    assert (row["code"], row["patients"], row["day"], row["said"]) == ("J10.1", "30", "2", "")
    missing = cli("alarms", "ack", "2025-12-21", "I10", "--by", "dr.k")
    assert (missing.code, "there are alarms of J10.1" in missing.err) == (2, True)
    done = cli("alarms", "ack", "2025-12-21", "j10.1", "--note", "lab asked", "--by", "dr.k")
    assert (done.code, done.out) == (0, "entry 1: taken on, J10.1 on 2025-12-21, 1 day in alarm\n")
    assert cli("alarms", "known", str(DATE), "J10.1", "season", "--by", "dr.m").code == 0
    document = cli("alarms", "latest", "--since", "--json").document()
    (alarm,) = document["alarms"]
    assert [(each["kind"], each["by"], each["note"]) for each in alarm["said"]] == [
        ("ack", "dr.k", "lab asked"),
        ("known", "dr.m", "season"),
    ]
    assert [each["date"] for each in alarm["history"]] == ["2025-12-21", "2025-12-22"]
    shown = COLOUR.sub("", on_a_terminal(cli, "alarms", str(DATE), columns=80))
    assert "taken on, known" in shown
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    none = cli("alarms", str(DATE), "--code", "E11")
    assert (none.code, len(none.out.splitlines())) == (0, 1)
    check_range(cli)
    found = cli("alarms", "week", str(DATE), "--years", "1", "--json").document()
    assert (found["week"], found["answer"], found["alarms"]) == ("2025-W51", "too_short", [])
    assert cli("run", str(DATE)).code == 0
    page = published.folder / "page.html"
    assert cli("report", str(DATE), "--save", str(page)).code == 0
    assert "Taken on by dr.k" in page.read_text("utf-8")
    assert cli("verify").code == 0


def check_range(cli):
    """All records came today: as of the dates nothing was known. A date without an issue is found now."""
    known = cli("alarms", "--from", "2025-12-20", "--to", str(DATE))
    assert known.code == 0, known.err
    rows = csv.DictReader(known.out.splitlines())
    assert [(row["date"], row["code"], row["from"]) for row in rows] == [
        ("2025-12-21", "J10.1", "issue 1"),
        ("2025-12-22", "J10.1", "issue 1"),
    ]
    then = cli("alarms", str(DATE), "--as-of-each-date", "--json").document()
    assert then == {
        "dates": [{"date": str(DATE), "issue": None, "state": "found now", "answer": "missing", "alarms": []}]
    }
    wrong = cli("alarms", str(DATE), "--days-after", "1")
    assert (wrong.code, "--as-of-each-date" in wrong.err) == (2, True)
