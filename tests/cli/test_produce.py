"""`produce` for a person: it does not confirm what the pipeline would refuse, and knows a file again."""

import json

import pytest

GOOD = {
    "patient_id": "synthetic-1", "age": 40, "gender": "F", "diagnosis_code": "E11",
    "visit_date": "2025-12-20", "treatment_code": "T", "outcome": "ongoing",
}  # fmt: skip
BAD = {**GOOD, "age": "forty"}
FHIR = {"resourceType": "Condition", "id": "1", "code": {"coding": [{"code": "E11"}]}}


@pytest.fixture
def write(cli):
    """Write a file of JSON lines, and give its name."""

    def write(name: str, *records: object) -> str:
        (cli.folder / name).write_text("".join(json.dumps(each) + "\n" for each in records))
        return name

    return write


def test_a_file_of_another_form_is_refused_without_servers(cli, write):
    """None of the two reachable addresses is asked."""
    cli.environ |= {
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "HEALTHTRENDS_HDFS__URL": "hdfs://127.0.0.1:1",
    }
    done = cli("produce", write("conditions.jsonl", *[FHIR] * 500))
    assert (done.code, "each of the first 100 records would be rejected" in done.err) == (2, True)
    assert "missing_field patient_id: 100" in done.err


def test_check_tells_faults_and_sends_nothing(cli, write):
    """Without a configuration, too: no server is needed. Too many faults give the code of the gate."""
    done = cli("produce", "--check", write("visits.jsonl", *[GOOD] * 150, *[BAD] * 50))
    assert (done.code, done.out.splitlines()) == (
        3,
        ["of 200 records, 50 would be rejected:", "  wrong_type age: 50 (first: record 151)"],
    )


def test_check_of_a_good_file_ends_with_0(cli, write):
    """A few faults are no reason to stop a script either."""
    done = cli("produce", "--check", "--json", write("visits.jsonl", *[GOOD] * 150, BAD))
    found = done.document()
    assert (done.code, found["checked"], found["refused"]) == (0, 151, 1)
    assert found["faults"] == [{"reason": "wrong_type", "field": "age", "records": 1, "first": 151}]


def test_one_json_array_or_object_over_lines_is_refused_in_words(cli):
    """It is one value, not as many records as lines."""
    for name, content in (("one.json", GOOD), ("list.json", [GOOD, GOOD])):
        (cli.folder / name).write_text(json.dumps(content, indent=2))
        done = cli("produce", "--check", name)
        assert (done.code, "nothing was sent" in done.err) == (2, True)


def test_faults_of_what_was_sent_are_said(cli_on_stack, write):
    """They are in the topic: the ingest keeps them as rejects."""
    done = cli_on_stack("produce", write("visits.jsonl", GOOD, BAD))
    assert done.out.splitlines()[1:] == [
        "of 2 records, 1 will be rejected:",
        "  wrong_type age: 1 (first: record 2)",
    ]


def test_force_sends_what_all_fails(cli_on_stack, write):
    """To try the quarantine."""
    assert cli_on_stack("produce", "--force", write("bad.jsonl", BAD)).code == 0


def test_a_pipe_of_wrong_records_sends_none(cli_on_stack):
    """Nothing is in the topic when it ends."""
    done = cli_on_stack("produce", "-", stdin=json.dumps(FHIR).encode())
    assert (done.code, "0 of 0 records sent are confirmed" in done.err) == (2, True)


def test_a_file_sent_twice_is_noticed(cli_on_stack, write):
    """Under another name as well; --once has no need for the warning."""
    first = cli_on_stack("produce", "--json", write("monday.jsonl", GOOD))
    assert first.document()["sent_before"] == []
    again = cli_on_stack("produce", write("copy.jsonl", GOOD))
    assert "warning: copy.jsonl: a file of this content was sent to" in again.err
    once = cli_on_stack("produce", "--once", "--json", "copy.jsonl").document()
    assert (once["sent"], once["sent_before"]) == (0, [])
