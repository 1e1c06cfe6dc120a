"""Commands on real servers tell what they read and wrote, in the published form of OpenLineage."""

import json

import pytest

from healthtrends.reports.registry import schemas
from tests.faults.sandbox import DAY
from tests.lineage_receiver import HangingReceiver, Receiver, check_event
from tests.operations.conftest import BAD, RECORDS

URL = "HEALTHTRENDS_LINEAGE__ENDPOINT"


def end_of(receiver: Receiver, kind: str) -> dict:
    """The last event, after those before it were looked at too."""
    for event in receiver.events:
        check_event(event)
    assert receiver.events[-1]["eventType"] == kind
    return receiver.events[-1]


def rows(dataset: dict) -> int:
    facets = {**dataset.get("inputFacets", {}), **dataset.get("outputFacets", {})}
    return facets.get("inputStatistics", facets.get("outputStatistics"))["rowCount"]


def names(datasets: list[dict]) -> set[str]:
    return {each["name"] for each in datasets}


def test_an_ingest_and_a_run_tell_what_they_read_and_wrote(filled):
    """Topic to records, records to reports: what the one wrote is what the other reads, by the same name."""
    with Receiver() as receiver:
        environ = {URL: receiver.url, "HEALTHTRENDS_LINEAGE__TIMEOUT": "60"}
        filled.start("ingest", **environ).end()
        ingest = end_of(receiver, "COMPLETE")
        filled.start("run", DAY, "--no-ingest", **environ).end()
        run = end_of(receiver, "COMPLETE")
    assert [event["eventType"] for event in receiver.events] == ["START", "COMPLETE"] * 2
    assert [event["job"]["name"] for event in receiver.events] == ["ingest", "ingest", "run", "run"]

    servers = filled.servers
    hdfs = servers.hdfs_url.rstrip("/")
    (topic,) = ingest["inputs"]
    assert (topic["namespace"], topic["name"]) == (f"kafka://{servers.bootstrap_servers}", filled.topic)
    assert rows(topic) == RECORDS + BAD
    outputs = {each["name"]: each for each in ingest["outputs"]}
    assert {each["namespace"] for each in ingest["outputs"]} == {hdfs}
    assert rows(outputs[f"{filled.root}/patient_json"]) == RECORDS
    assert rows(outputs[f"{filled.root}/rejects"]) == BAD

    (records,) = run["inputs"]
    assert (records["namespace"], records["name"]) == (hdfs, f"{filled.root}/patient_json")
    (partition,) = records["inputFacets"]["subset"]["inputCondition"]["partitions"]
    assert partition["identifier"] == f"{filled.root}/patient_json/date={DAY}"
    assert names(run["outputs"]) == {f"{filled.root}/reports/{name}" for name in schemas()}
    for report in run["outputs"]:
        path = f"{report['name']}/date={DAY}/part-00000.csv"
        content = filled.store().read(path)
        statistics = report["outputFacets"]["outputStatistics"]
        assert (statistics["size"], statistics["rowCount"]) == (len(content), content.count(b"\n") - 1), path
        header = content.partition(b"\n")[0].decode().split(",")
        assert [field["name"] for field in report["facets"]["schema"]["fields"]] == header


@pytest.mark.long
def test_a_run_that_fails_says_why_and_one_against_a_gate_completes(filled):
    """A gate is an assertion about the topic that failed."""
    with Receiver() as receiver:
        environ = {URL: receiver.url, "HEALTHTRENDS_LINEAGE__TIMEOUT": "60"}
        strict = {"HEALTHTRENDS_QUALITY__MIN_MESSAGES": "1", "HEALTHTRENDS_QUALITY__MAX_REJECT_SHARE": "0.01"}
        filled.start("run", DAY, **environ, **strict).end(3)
        topic = end_of(receiver, "COMPLETE")["inputs"][0]
        (assertion,) = topic["inputFacets"]["dataQualityAssertions"]["assertions"]
        assert assertion == {"assertion": "max_reject_share", "success": False}

        filled.start("run", "1999-01-01", **environ).end(2)
        error = end_of(receiver, "FAIL")["run"]["facets"]["errorMessage"]
    assert error["message"] == "no records can be expected of 1999-01-01"


@pytest.mark.long
def test_a_server_that_hangs_or_is_down_changes_no_exit_code(filled, tmp_path):
    """The run is published, one line of the log says that lineage is lost, and the file has it."""
    file = tmp_path / "lineage.jsonl"
    environ = {"HEALTHTRENDS_LINEAGE__FILE": str(file), "HEALTHTRENDS_LINEAGE__TIMEOUT": "1"}
    with HangingReceiver() as server:
        run = filled.start("run", DAY, **environ, **{URL: server.url})
        run.end()
    assert run.err.count("lineage.not_sent") == 1
    down = filled.start("run", DAY, **environ, **{URL: server.url})
    down.end()
    assert down.err.count("lineage.not_sent") == 1
    events = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for event in events:
        check_event(event)
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"] * 2
