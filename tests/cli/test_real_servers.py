"""The commands on a real Kafka and HDFS, each test with its own topic and root."""

import csv
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from healthtrends.adapters.hdfs import HdfsStore

PIPELINE = str(Path(__file__).resolve().parents[2] / "patient_data_pipeline.py")
DAY = "2025-12-22"
GOOD = {
    "patient_id": "synthetic-patient-1",
    "age": 40,
    "gender": "F",
    "diagnosis_code": "E11.9",
    "visit_date": DAY,
    "treatment_code": "T1",
    "outcome": "ongoing",
}


def lines(*records: object) -> bytes:
    """JSON lines; a text goes in as it is."""
    return b"".join(
        (record if isinstance(record, str) else json.dumps(record)).encode() + b"\n" for record in records
    )


def sent(cli_on_stack, *records: object) -> None:
    """Put records into the topic."""
    done = cli_on_stack("produce", "--force", "-", stdin=lines(*records))
    assert done.code == 0, done.err


def test_a_day_from_the_topic_to_the_report(cli_on_stack):
    """The documented command, and the contract's bytes."""
    sent(cli_on_stack, GOOD, {**GOOD, "patient_id": "synthetic-patient-2", "gender": "M", "age": 45})
    done = cli_on_stack.python(PIPELINE, DAY)
    assert done.code == 0, done.err
    report = cli_on_stack("report", DAY)
    assert report.out == "diagnosis,count,avg_age,gender_ratio\nE11.9,2,42.5,0.5\n"


def test_a_second_run_finds_everything_done(cli_on_stack):
    """It publishes no new issue."""
    sent(cli_on_stack, GOOD)
    assert cli_on_stack("run", DAY).code == 0
    again = cli_on_stack("run", DAY, "--json")
    assert again.code == 0
    assert [(row["action"], row["issue"]) for row in again.document()["dates"]] == [("up to date", 1)]


def test_older_stored_dates_are_counted_on_demand(cli_on_stack):
    """A run says how many there are; no report is published for them, and `verify` proves their cubes."""
    sent(cli_on_stack, GOOD, {**GOOD, "visit_date": "2025-11-03"})
    assert (
        "1 stored date is not counted yet; `healthtrends backfill` counts it" in cli_on_stack("run", DAY).out
    )
    done = cli_on_stack("backfill")
    assert done.code == 0, done.err
    assert done.out.startswith("1 date counted, 2025-11-03 to 2025-11-03; ")
    reports = {row["date"]: row["report"] for row in cli_on_stack("status", "--json").document()["dates"]}
    assert reports == {"2025-11-03": "missing", DAY: "provisional"}
    assert cli_on_stack("verify").code == 0
    assert cli_on_stack("backfill").out == "nothing to do: every stored date asked for is counted\n"


def test_a_dry_run_changes_nothing(cli_on_stack):
    """It says what would be done."""
    sent(cli_on_stack, GOOD)
    done = cli_on_stack("run", DAY, "--dry-run", "--json")
    assert done.code == 0
    assert done.document()["dates"][0]["action"].startswith("would publish")
    assert cli_on_stack("status", "--json").document()["commits"]["last_seq"] == 0


def test_a_date_without_records_gets_empty_reports_and_a_line_that_says_so(cli_on_stack):
    """Which is no failure; outside the range of stored dates it must be meant."""
    sent(cli_on_stack, GOOD)
    refused = cli_on_stack("run", "2025-12-01")
    assert (refused.code, f"records are stored of {DAY} to {DAY}" in refused.err) == (2, True)
    done = cli_on_stack("run", "2025-12-01", "--allow-empty")
    assert done.code == 0, done.err
    assert "2025-12-01: no records" in done.out
    assert cli_on_stack("report", "2025-12-01").out == "diagnosis,count,avg_age,gender_ratio\n"


def test_too_many_rejects_end_with_3_after_everything_is_published(cli_on_stack):
    """The valid records are not held back."""
    sent(cli_on_stack, *[{**GOOD, "patient_id": f"synthetic-{n}"} for n in range(90)], *["nonsense"] * 11)
    done = cli_on_stack("run", DAY)
    assert done.code == 3
    assert "max_reject_share" in done.err
    assert cli_on_stack("report", DAY).out.splitlines()[1].startswith("E11.9,90,")


def test_another_topic_into_the_same_root_ends_with_4(cli_on_stack, topic):
    """The offsets of one mean nothing in the other."""
    sent(cli_on_stack, GOOD)
    assert cli_on_stack("ingest").code == 0
    cli_on_stack.environ["HEALTHTRENDS_KAFKA__TOPIC"] = f"{topic}-other"
    sent(cli_on_stack, GOOD)
    assert cli_on_stack("ingest").code == 4


def test_verify_is_well_after_a_run_and_4_when_a_file_is_gone(cli_on_stack, stack):
    """The missing file is named."""
    sent(cli_on_stack, GOOD, "nonsense")
    assert cli_on_stack("ingest").code == 0
    assert cli_on_stack("verify").code == 0
    folder = f"{cli_on_stack.environ['HEALTHTRENDS_HDFS__ROOT']}/patient_json/date={DAY}"
    store = HdfsStore(stack.hdfs_url, {})
    (file,) = store.list(folder)
    store.delete(f"{folder}/{file.name}")
    done = cli_on_stack("verify")
    assert done.code == 4
    assert file.name in done.out


def test_a_reject_is_listed_by_place_and_shown_on_request_only(cli_on_stack):
    """Its content may be a patient's."""
    sent(cli_on_stack, {**GOOD, "age": "forty"})
    assert cli_on_stack("ingest").code == 0
    document = cli_on_stack("rejects", "list", "--json").document()
    assert (document["count"], document["rejects"][0]["field"]) == (1, "age")
    listed = cli_on_stack("rejects", "list")
    assert "synthetic-patient-1" not in listed.out + listed.err
    reject = document["rejects"][0]
    shown = cli_on_stack("rejects", "show", str(reject["partition"]), str(reject["offset"]))
    assert json.loads(shown.out)["age"] == "forty"
    for options, has_content in ([], False), (["--content"], True):
        done = cli_on_stack("rejects", "export", "rejects.csv", *options, "--json")
        assert done.document() == {"file": "rejects.csv", "rejects": 1, "content": has_content}
        table = cli_on_stack.folder / "rejects.csv"
        (row,) = csv.DictReader(table.read_text().splitlines())
        assert (row["reason"], row["field"], "content_base64" in row) == ("wrong_type", "age", has_content)
        assert table.stat().st_mode & 0o077 == 0
    assert cli_on_stack("rejects", "export", "rejects.xlsx").code == 2


def test_encrypted_rejects_are_shown_with_their_key_only(cli_on_stack):
    """With another one exit 2; the list and the proof need none."""
    cli_on_stack.environ["HEALTHTRENDS_REJECTS__ENCRYPT"] = "true"
    sent(cli_on_stack, {**GOOD, "age": "forty"})
    assert cli_on_stack("ingest").code == 0
    (reject,) = cli_on_stack("rejects", "list", "--json").document()["rejects"]
    show = ("rejects", "show", str(reject["partition"]), str(reject["offset"]))
    assert json.loads(cli_on_stack(*show).out)["age"] == "forty"
    other = cli_on_stack.folder / "other.key"
    other.write_text("6b" * 32)
    other.chmod(0o600)
    key = {"HEALTHTRENDS_PRIVACY__KEY_FILE": str(other), "HEALTHTRENDS_REJECTS__ENCRYPT": "false"}
    for command in (show, ("rejects", "export", "r.csv", "--content"), ("rejects", "replay")):
        refused = cli_on_stack(*command, **key)
        assert refused.code == 2
        assert "key" in refused.err
    assert "is encrypted" in cli_on_stack(*show, **key).err
    passing = (("rejects", "list"), ("rejects", "export", "r.csv"), ("verify",))
    assert [cli_on_stack(*command, **key).code for command in passing] == [0, 0, 0]


def test_a_reject_on_a_terminal_is_shown_and_not_obeyed(cli_on_stack):
    """Escape sequences, and signs that turn text around; to a pipe the bytes go as they are."""
    foreign = '{"age": "\x1b[2J\x9b\u202eforty"}'
    sent(cli_on_stack, foreign)
    assert cli_on_stack("ingest").code == 0
    (reject,) = cli_on_stack("rejects", "list", "--json").document()["rejects"]
    show = ["rejects", "show", str(reject["partition"]), str(reject["offset"])]
    assert cli_on_stack(*show).out == foreign + "\n"
    on_terminal = on_a_terminal(cli_on_stack, *show)
    assert on_terminal == '{"age": "\\u001b[2J\\u009b\\u202eforty"}\r\n'


def on_a_terminal(cli_on_stack, *arguments: str) -> str:
    """What a command prints on one."""
    terminal, its_end = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "healthtrends.cli", *arguments],
        cwd=cli_on_stack.folder, env=cli_on_stack.environ, stdout=its_end, stderr=subprocess.PIPE, check=True,
    )  # fmt: skip
    os.close(its_end)
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        return stream.read(4096).decode()


def test_a_reject_that_is_not_there_ends_with_2(cli_on_stack):
    """With what to do next."""
    done = cli_on_stack("rejects", "show", "0", "12345")
    assert done.code == 2
    assert "rejects list" in done.err


def test_status_counts_what_was_stored_and_what_waits(cli_on_stack):
    """Lag before, records after."""
    sent(cli_on_stack, GOOD, GOOD, "nonsense")
    assert cli_on_stack("status", "--json").document()["kafka"]["lag"] == 3
    assert cli_on_stack("ingest").code == 0
    document = cli_on_stack("status", "--json").document()
    assert document["kafka"]["lag"] == 0
    assert (document["commits"]["records"], document["commits"]["rejects"]) == (2, 1)
    assert [(row["date"], row["records"], row["report"]) for row in document["dates"]] == [
        (DAY, 2, "missing")
    ]


def test_sent_once_means_once(cli_on_stack):
    """An interrupted send goes on where it stopped."""
    sent(cli_on_stack, GOOD)
    more = lines(GOOD, {**GOOD, "patient_id": "synthetic-patient-2"})
    again = cli_on_stack("produce", "-", "--once", "--json", stdin=more)
    assert again.document()["sent"] == 1


def test_a_report_that_was_never_published_ends_with_2(cli_on_stack):
    """Nothing is stored of it either, so with the list of the dates that can be published."""
    done = cli_on_stack("report", DAY)
    assert done.code == 2
    assert "`healthtrends status --all`" in done.err


def test_no_output_of_a_run_holds_a_patient_id(cli_on_stack):
    """Not even with -v, for valid, refused and broken records."""
    ids = [f"synthetic-{n:04}" for n in range(30)]
    records = [{**GOOD, "patient_id": one} for one in ids]
    records[3] |= {"age": 999}
    records[4] |= {"visit_id": "v\n"}
    sent(cli_on_stack, *records, f'{{"patient_id": "{ids[5]}"')
    for command in (["-v", "run", DAY], ["-v", "verify"], ["-v", "status"], ["rejects", "list"]):
        done = cli_on_stack(*command)
        for one in ids:
            assert one not in done.out + done.err, command


def test_status_tells_the_last_run_and_what_needs_a_person(cli_on_stack):
    """Missing reports do; after `run latest` nothing does, and the exit code of --check says so."""
    sent(cli_on_stack, GOOD, GOOD)
    assert cli_on_stack("ingest").code == 0
    before = cli_on_stack("status", "--check", "--json")
    assert (before.code, before.document()["last_run"]) == (3, None)
    assert "of 1 date are missing" in before.document()["attention"][0]
    assert cli_on_stack("run", "latest").code == 0
    after = cli_on_stack("status", "--check", "--json")
    found = after.document()
    assert (after.code, found["attention"], found["last_run"]["exit_code"]) == (0, [], 0)
    assert cli_on_stack("report", "latest", "--json").document()["rows"][0][1] == 1
