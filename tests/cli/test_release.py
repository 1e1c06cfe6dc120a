"""`release` and `audit DATE` as a user sees them, on a real Kafka and HDFS."""

import csv
import json

DAY = "2025-12-22"
SOON, LATER = "2025-12-23T12:00:00.000+00:00", "2025-12-26T12:00:00.000+00:00"
MUCH_LATER = "2026-02-26T12:00:00.000+00:00"


def records():
    """Of 14 people with one code, and 3 with another."""
    codes = ["E11"] * 14 + ["J45"] * 3
    for number, code in enumerate(codes):
        fields = {
            "patient_id": f"synthetic-{number}", "age": 40, "gender": "MF"[number % 2],
            "diagnosis_code": code, "visit_date": DAY, "treatment_code": "T1", "outcome": "ongoing",
        }  # fmt: skip
        yield json.dumps(fields).encode() + b"\n"


def test_a_date_is_released_when_it_is_final_and_its_audit_passes(cli_on_stack):
    """Refused while more may come; then written, audited from what lies there, and not made twice."""
    assert cli_on_stack("produce", "-", stdin=b"".join(records())).code == 0
    assert cli_on_stack("run", DAY, HEALTHTRENDS_NOW=SOON).code == 0
    early = cli_on_stack("release", DAY, HEALTHTRENDS_NOW=SOON)
    assert early.code == 2
    assert "2025-12-22 is provisional until 2025-12-24" in early.err
    first = cli_on_stack("release", DAY, "--json", HEALTHTRENDS_NOW=LATER)
    assert first.code == 0, first.err
    (released,) = first.document()["releases"]
    assert (released["action"], released["release"], released["policy"]) == ("released", 1, "cms")
    audit = cli_on_stack("audit", DAY, "--json")
    assert (audit.code, audit.document()["passed"]) == (0, True)
    again = cli_on_stack("release", DAY, HEALTHTRENDS_NOW=LATER)
    assert again.out.startswith("2025-12-22: up to date, release 1 of issue 1;")


def release_steps(run):
    """What a run says of releases."""
    return [step["note"] for step in run.document()["steps"] if step["name"] == "release"]


def test_a_run_releases_each_final_date_once(cli_on_stack):
    """Not while it is provisional, and not a second time; with no setting at all."""
    assert cli_on_stack("produce", "-", stdin=b"".join(records())).code == 0
    moments = (SOON, LATER, LATER)
    runs = [cli_on_stack("run", DAY, "--json", HEALTHTRENDS_NOW=moment) for moment in moments]
    assert [release_steps(run) for run in runs] == [[], ["released"], ["up to date"]]
    assert cli_on_stack("audit", DAY).code == 0


def test_a_run_says_what_it_released_and_what_stays_inside(cli_on_stack):
    """Late records of a released date are published in the house alone."""
    said = []
    for _ in range(2):
        assert cli_on_stack("produce", "-", stdin=b"".join(records())).code == 0
        said += [line for line in cli_on_stack("run", DAY, HEALTHTRENDS_NOW=LATER).out.splitlines()
                 if "released" in line]  # fmt: skip
    assert said == [
        "1 date released for others, below release/",
        "1 date released before; what is new of it stays inside",
    ]


def test_the_issue_of_a_release_stays_when_retention_takes_those_after_it(cli_on_stack):
    """Of three issues on the real HDFS settings keep one; the first stays with its reports as well."""
    cli_on_stack.environ |= {
        "HEALTHTRENDS_PUBLISH__KEEP_ISSUES": "1",
        "HEALTHTRENDS_RETENTION__ISSUES_DAYS": "1",
        "HEALTHTRENDS_RETENTION__COPIES": "1",
    }
    assert cli_on_stack("produce", "-", stdin=b"".join(records())).code == 0
    assert cli_on_stack("run", DAY, HEALTHTRENDS_NOW=LATER).code == 0
    before = cli_on_stack("report", DAY, "--issue", "1").out
    taken_back = cli_on_stack("unpublish", DAY, HEALTHTRENDS_NOW=LATER)
    assert (taken_back.code, "stays in release/" in taken_back.err) == (0, True)
    assert cli_on_stack("run", DAY, HEALTHTRENDS_NOW=MUCH_LATER).code == 0
    assert cli_on_stack("expire", HEALTHTRENDS_NOW=MUCH_LATER).code == 0
    listed = csv.DictReader(cli_on_stack("report", DAY, "--issues").out.splitlines())
    assert [row["issue"] for row in listed] == ["1", "3"]
    assert cli_on_stack("report", DAY, "--issue", "1").out == before
    assert cli_on_stack("verify").code == 0
