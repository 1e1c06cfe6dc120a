"""A command tells OpenLineage of its runs, in the published form, and no server can fail or stop it."""

import json
import stat
import subprocess
import sys

import msgspec
import pytest

from healthtrends.adapters.lineage import sink as lineage_sink
from healthtrends.adapters.lineage.parent import parent_facet
from healthtrends.config import Settings
from healthtrends.config.lineage import Lineage
from healthtrends.errors import ConfigError, HdfsUnavailable
from healthtrends.observe import attached, configure, measure
from healthtrends.orchestrate.wiring.lineage_check import lineage_findings
from healthtrends.orchestrate.wiring.recorded_job import recorded_job
from healthtrends.reports.registry import find_schema
from tests.lineage_receiver import HangingReceiver, Receiver, check_event

pytestmark = pytest.mark.slow

ROOT = "/healthTrend"
TOKEN = "synthetic-token"  # noqa: S105  no secret
PARENT = "airflow/clinic.reports/f99310b4-3c3c-4a1a-8b2b-c1b95c24ff11"

FULL_DISK = """
import pathlib, resource, sys
from healthtrends.adapters.lineage.delivery import append_line
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    append_line(pathlib.Path(sys.argv[1]), b"x" * 200)
except OSError as error:
    sys.exit(error.strerror)
"""


@pytest.fixture
def receiver():
    """A server that takes everything."""
    with Receiver() as receiver:
        yield receiver


def settings_of(url: str, timeout: float = 60.0, **more) -> Settings:
    """Patient enough for a machine with other work."""
    return Settings(lineage=Lineage(endpoint=url, timeout=timeout, **more))


def opened() -> None:
    measure("kafka.opened", servers="broker:9092,other:9092", topic="patient-records")
    measure("hdfs.opened", url="hdfs://name:8020", root=ROOT)


def ingested(stored: int = 10) -> None:
    measure("ingest.stored", topic="patient-records", seq=7, stored=stored, rejected=2, skipped=1)
    measure("ingest.position", topic="patient-records", partition=1, stored=9, end=12)
    folders = {f"{ROOT}/patient_json": (stored, 900, 3), f"{ROOT}/rejects": (2, 80, 1)}
    measure("files.committed", seq=7, folders=folders, dates=["2025-12-21", "2025-12-22"])


def published(date: str = "2025-12-22", **fields) -> None:
    source = {"seq": 7, "records": 10, "files": 3, "engine": "sail", "engine_version": "0.7"}
    reports = {"trend_summary": (4, 120), "quality": (20, 700)}
    given = {"folder": f"{ROOT}/reports", "is_release": False, "reports": reports, **source, **fields}
    measure("issue.published", date=date, **given)


def end_of(receiver: Receiver) -> dict:
    """The last event; all are of one run, and as published."""
    for event in receiver.events:
        check_event(event)
    assert len({event["run"]["runId"] for event in receiver.events}) == 1
    return receiver.events[-1]


def by_name(datasets: list[dict]) -> dict[str, dict]:
    return {f"{each['namespace']}{each['name']}": each for each in datasets}


def test_a_run_begins_once_and_ends_once(receiver):
    """Under the namespace of the settings and the name of the command."""
    with recorded_job(settings_of(receiver.url, namespace="clinic"), "run"):
        pass
    assert end_of(receiver)["job"] == {"namespace": "clinic", "name": "run"}
    assert [event["eventType"] for event in receiver.events] == ["START", "COMPLETE"]


@pytest.mark.parametrize(
    ("code", "kind"), [(0, "COMPLETE"), (3, "COMPLETE"), (1, "FAIL"), (5, "FAIL"), (130, "ABORT")]
)
def test_the_exit_code_says_how_it_ended(receiver, code, kind):
    """With 3 all is stored and published; an assertion failed."""
    with recorded_job(settings_of(receiver.url), "run") as job:
        job.exit_code = code
    end = end_of(receiver)
    assert (end["eventType"], end["run"]["facets"]["healthtrends_run"]["exitCode"]) == (kind, code)
    assert ("errorMessage" in end["run"]["facets"]) == (kind != "COMPLETE")


def test_an_ingest_reads_a_topic_and_writes_folders(receiver):
    """With rows, bytes and files, the dates of the records, and the offsets."""
    with recorded_job(settings_of(receiver.url), "ingest"):
        opened()
        ingested()
        ingested(5)
    end = end_of(receiver)
    assert list(by_name(end["inputs"])) == ["kafka://broker:9092patient-records"]
    assert end["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"] == 13 + 8
    outputs = by_name(end["outputs"])
    assert list(outputs) == [f"hdfs://name:8020{ROOT}/patient_json", f"hdfs://name:8020{ROOT}/rejects"]
    records = outputs[f"hdfs://name:8020{ROOT}/patient_json"]
    found = records["outputFacets"]["outputStatistics"]
    assert (found["rowCount"], found["size"], found["fileCount"]) == (15, 1800, 6)
    assert records["facets"]["version"]["datasetVersion"] == "7"
    assert [field["name"] for field in records["facets"]["schema"]["fields"]][:2] == ["patient_id", "age"]
    partitions = records["outputFacets"]["subset"]["outputCondition"]["partitions"]
    assert [each["dimensions"]["date"] for each in partitions] == ["2025-12-21", "2025-12-22"]
    assert partitions[0]["identifier"] == f"{ROOT}/patient_json/date=2025-12-21"
    assert end["run"]["facets"]["healthtrends_run"]["offsets"] == {"1": {"stored": 9, "end": 12}}


def test_a_report_has_the_columns_of_the_registry(receiver):
    """And the engine that counted for it."""
    with recorded_job(settings_of(receiver.url), "run"):
        opened()
        published()
        published("2025-12-23")
    end = end_of(receiver)
    records = by_name(end["inputs"])[f"hdfs://name:8020{ROOT}/patient_json"]
    assert records["inputFacets"]["inputStatistics"]["rowCount"] == 20
    trend = by_name(end["outputs"])[f"hdfs://name:8020{ROOT}/reports/trend_summary"]
    assert trend["outputFacets"]["outputStatistics"]["rowCount"] == 8
    columns = find_schema("trend_summary").columns
    assert [(each["name"], each["description"]) for each in trend["facets"]["schema"]["fields"]] == [
        (column.name, column.meaning) for column in columns
    ]
    engine = end["run"]["facets"]["processing_engine"]
    assert (engine["name"], engine["version"]) == ("sail", "0.7")


def test_a_release_is_made_of_reports(receiver):
    """Not of records: it tells nothing else than what they tell."""
    with recorded_job(settings_of(receiver.url), "run"):
        opened()
        published(folder=f"{ROOT}/release", is_release=True, reports={"quality": (20, 700)})
    end = end_of(receiver)
    assert list(by_name(end["inputs"])) == [f"hdfs://name:8020{ROOT}/reports/quality"]
    assert list(by_name(end["outputs"])) == [f"hdfs://name:8020{ROOT}/release/quality"]


def test_gates_are_assertions_about_what_was_read(receiver):
    """The share of rejects about the topic, lines of the quality report about the records."""
    with recorded_job(settings_of(receiver.url), "run"):
        opened()
        ingested()
        published()
        measure("quality.gate", gate="max_reject_share", failed=True)
        measure("quality.gate", gate="records", failed=False)
    topic, records = end_of(receiver)["inputs"]
    assert topic["inputFacets"]["dataQualityAssertions"]["assertions"] == [
        {"assertion": "max_reject_share", "success": False}
    ]
    assert records["inputFacets"]["dataQualityAssertions"]["assertions"] == [
        {"assertion": "records", "success": True}
    ]


def test_a_run_over_years_does_not_name_each_date(receiver):
    """Fourteen reports would each name them."""
    with recorded_job(settings_of(receiver.url), "run"):
        opened()
        for number in range(101):
            published(f"date-{number}")
    (records,) = end_of(receiver)["inputs"]
    assert "subset" not in records["inputFacets"]


def test_messages_that_mllp_accepted_are_rows_of_the_topic(receiver):
    """It reads no data set."""
    with recorded_job(settings_of(receiver.url), "mllp"):
        measure("kafka.opened", servers="broker:9092", topic="hl7")
        for accepted in (1, 4, 4):
            measure("mllp.counts", accepted=accepted, failed=0, rejected=0, open=1)
    end = end_of(receiver)
    (topic,) = end["outputs"]
    assert (end["inputs"], topic["name"]) == ([], "hl7")
    assert topic["outputFacets"]["outputStatistics"]["rowCount"] == 4


def test_a_failure_is_told_by_its_first_sentence(receiver):
    """Neither its cause nor what to do, and no stack trace."""
    with pytest.raises(HdfsUnavailable), recorded_job(settings_of(receiver.url), "run"):
        raise HdfsUnavailable("the NameNode does not answer", "secret cause", "start it")
    error = end_of(receiver)["run"]["facets"]["errorMessage"]
    assert error["message"] == "the NameNode does not answer"
    assert "secret cause" not in json.dumps(receiver.events)


def test_of_an_error_that_is_none_of_ours_only_the_kind_is_told(receiver):
    """Its text may hold anything."""
    with pytest.raises(ValueError, match="42"), recorded_job(settings_of(receiver.url), "run"):
        raise ValueError("patient 42")
    assert end_of(receiver)["run"]["facets"]["errorMessage"]["message"] == "ValueError"


def test_a_command_that_goes_on_for_hours_tells_so(receiver, monkeypatch):
    """A follower has no end that anybody would wait for."""
    monkeypatch.setattr(lineage_sink, "_RUNNING_SECONDS", 0.0)
    with recorded_job(settings_of(receiver.url), "ingest"):
        opened()
        ingested()
    assert end_of(receiver)["eventType"] == "COMPLETE"
    assert [event["eventType"] for event in receiver.events] == ["START", "RUNNING", "COMPLETE"]


def test_the_run_of_a_scheduler_is_the_parent(receiver, monkeypatch):
    """Named by the environment, as for the integrations of OpenLineage."""
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", PARENT)
    monkeypatch.setenv("OPENLINEAGE_ROOT_PARENT_ID", PARENT.replace("clinic.reports", "clinic"))
    with recorded_job(settings_of(receiver.url), "run"):
        pass
    end_of(receiver)
    for event in receiver.events:
        parent = event["run"]["facets"]["parent"]
        assert parent["job"] == {"namespace": "airflow", "name": "clinic.reports"}
        assert parent["run"]["runId"] == PARENT.rpartition("/")[2]
        assert parent["root"]["job"]["name"] == "clinic"


@pytest.mark.parametrize("text", ["x", "a/b", "a/b/no-uuid", "/b/f99310b4-3c3c-4a1a-8b2b-c1b95c24ff11"])
def test_a_parent_that_cannot_be_read_is_a_line_in_the_log(text, capsys):
    """The run has none then."""
    configure()
    assert parent_facet({"OPENLINEAGE_PARENT_ID": text}) == {}
    assert "lineage.no_parent" in capsys.readouterr().err


class Deliveries:
    """A sink that counts what was delivered, as the metrics do."""

    def __init__(self) -> None:
        self.found: list[tuple[int, int]] = []

    def write(self, event) -> None:
        if event.name == "lineage.delivered":
            self.found.append((event.fields["sent"], event.fields["lost"]))


def deliveries_of(settings: Settings) -> tuple[int, int]:
    """Run a command, and return how many of its events were sent and lost."""
    sink = Deliveries()
    with attached(sink), recorded_job(settings, "run") as job:
        job.exit_code = 0
    (found,) = sink.found
    return found


def test_a_server_that_is_down_is_one_line_in_the_log(receiver, capsys):
    """However many events are lost; the command ends as it would."""
    configure()
    receiver.close()
    assert deliveries_of(settings_of(receiver.url)) == (0, 2)
    assert capsys.readouterr().err.count("lineage.not_sent") == 1


def test_a_server_that_hangs_is_waited_for_once(capsys):
    """For `lineage.timeout` at the end, not for each event."""
    configure()
    with HangingReceiver() as server:
        assert deliveries_of(settings_of(server.url, timeout=0.1)) == (0, 2)
    assert capsys.readouterr().err.count("lineage.not_sent") == 1


def test_an_answer_that_refuses_is_told_by_its_number(capsys):
    """As 401 without a token."""
    configure()
    with Receiver(401) as server:
        assert deliveries_of(settings_of(server.url)) == (0, 2)
    assert 'reason="HTTP 401"' in capsys.readouterr().err


def test_the_token_goes_to_the_server_and_no_redirect_is_followed(receiver):
    """It would go there, too."""
    with Receiver(302, receiver.url) as server:
        assert deliveries_of(settings_of(server.url, token=TOKEN)) == (0, 2)
        assert server.headers[0]["Authorization"] == f"Bearer {TOKEN}"
    assert (receiver.events, receiver.headers) == ([], [])


def test_a_file_gets_a_line_an_event(tmp_path):
    """Behind what it holds; made for this user alone. A server that is down takes nothing away from it."""
    file = tmp_path / "lineage.jsonl"
    settings = Settings(lineage=Lineage(file=str(file)))
    assert deliveries_of(settings) == (2, 0)
    assert (
        deliveries_of(
            msgspec.structs.replace(settings, lineage=Lineage(file=str(file), endpoint="http://127.0.0.1:9"))
        )[1]
        == 2
    )
    events = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for event in events:
        check_event(event)
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"] * 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_a_line_in_the_log(tmp_path, capsys):
    """It changes nothing of the command."""
    configure()
    settings = Settings(lineage=Lineage(file=str(tmp_path / "gone" / "lineage.jsonl")))
    assert deliveries_of(settings) == (0, 2)
    assert capsys.readouterr().err.count("lineage.not_sent") == 1


def test_a_disk_that_is_full_in_the_middle_of_a_line_is_a_loss(tmp_path):
    """An event of which a part was written did not arrive."""
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path / "lineage.jsonl"], stderr=subprocess.PIPE, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, b"No space left on device\n")


@pytest.mark.parametrize(
    ("status", "level", "word"),
    [
        (405, "ok", "answers"),
        (401, "warning", "token"),
        (404, "warning", "path"),
        (301, "warning", "leads elsewhere"),
        (503, "warning", "log of the server"),
    ],
)
def test_doctor_asks_the_server(status, level, word):
    """A catalogue has no page at that address, so 405 is fine; one that leads elsewhere gets no events."""
    with Receiver(status) as server:
        (found,) = lineage_findings(settings_of(server.url))
    assert (found.level, word in found.text + found.next_step) == (level, True)


def test_doctor_warns_of_a_server_that_is_away(receiver):
    """A run would only log it."""
    receiver.close()
    (found,) = lineage_findings(settings_of(receiver.url))
    assert (found.level, "no answer" in found.text) == ("warning", True)


def test_without_lineage_nothing_is_asked_and_nothing_said():
    """It is off by default."""
    assert list(lineage_findings(Settings())) == []
    with pytest.raises(ConfigError), recorded_job(Settings(), "run"):
        raise ConfigError("so it is")
