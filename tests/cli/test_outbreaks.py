"""The list of known outbreaks, as a user keeps it, on a real Kafka and HDFS."""

import json

RECORD = {
    "patient_id": "synthetic-1", "age": 40, "gender": "F", "diagnosis_code": "E11",
    "visit_date": "2025-12-22", "treatment_code": "T", "outcome": "ongoing",
}  # fmt: skip


def test_the_list_is_kept_beside_the_data_with_who_and_when(cli_on_stack):
    """Added, listed with that of the file, ended, withdrawn, and proved; in one walk, as it needs servers."""
    cli = cli_on_stack
    assert cli("produce", "-", stdin=json.dumps(RECORD).encode() + b"\n").code == 0
    early = cli("outbreaks", "add", "J10", "--from", "2025-12-18")
    assert (early.code, "there is nothing to annotate" in early.err) == (2, True)
    assert cli("ingest").code == 0
    (cli.folder / "known.csv").write_text("code,first,last,note\nA08,2025-03-01,2025-03-09,canteen\n")
    cli.environ["HEALTHTRENDS_DETECT__KNOWN_OUTBREAKS_FILE"] = "known.csv"
    added = cli("outbreaks", "add", "j101", "--from", "2025-12-18", "--note", "north campus", "--by", "dr.k")
    assert (added.code, added.out) == (0, "outbreak 1: J10.1, since 2025-12-18\n")
    again = cli("outbreaks", "add", "J10.1", "--from", "2025-12-18", "--by", "dr.m")
    assert (again.code, "outbreak 1 is that of J10.1 from 2025-12-18 on" in again.err) == (2, True)
    ended = cli("outbreaks", "end", "1", "--on", "2025-12-21", "--by", "dr.m")
    assert ended.out == "outbreak 1: J10.1, 2025-12-18 to 2025-12-21\n"
    assert cli("outbreaks", "end", "7", "--by", "dr.m").code == 2
    assert cli("outbreaks", "end", "1", "--on", "2025-12-17", "--by", "dr.m").code == 2
    assert cli("outbreaks", "list").out == (
        "number,code,first,last,state,by,note\n"
        "1,J10.1,2025-12-18,2025-12-21,ended,dr.k,north campus\n"
        ",A08,2025-03-01,2025-03-09,ended,file,canteen\n"
    )
    assert cli("outbreaks", "end", "1", "--withdraw", "--by", "dr.k").out == "outbreak 1: J10.1, withdrawn\n"
    (first, _) = cli("outbreaks", "list", "--json").document()["outbreaks"]
    assert (first["number"], first["state"]) == (1, "withdrawn")
    proof = cli("verify")
    assert (proof.code, "1 known outbreak" in proof.out) == (0, True)


def test_a_wrong_file_of_known_outbreaks_ends_before_a_server_is_asked(cli):
    """It names line and column."""
    (cli.folder / "known.csv").write_text("code,first\nJ10,soon\n")
    cli.environ |= {
        "HEALTHTRENDS_DETECT__KNOWN_OUTBREAKS_FILE": "known.csv",
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "HEALTHTRENDS_HDFS__URL": "hdfs://127.0.0.1:9",
    }
    done = cli("outbreaks", "list")
    assert (done.code, "line 2, column first: it is a day YYYY-MM-DD" in done.err) == (2, True)
