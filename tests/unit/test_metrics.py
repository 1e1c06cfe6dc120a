"""Events become metrics, and these leave the process; a value that nobody gave has no series."""

import datetime as dt
import re
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

import pytest
from prometheus_client.parser import text_string_to_metric_families

from healthtrends.adapters.prometheus.delivery import push, write_textfile
from healthtrends.adapters.prometheus.sink import MetricsSink
from healthtrends.observe import attached, configure, event, is_measured, measure, metrics
from tests.loopback_http import LoopbackHttp

DATE = dt.date(2025, 12, 22)


@pytest.fixture
def sink():
    """A sink that takes all events of the test."""
    configure(quiet=True)
    sink = MetricsSink()
    with attached(sink):
        yield sink
    configure()


def samples(text: bytes | str) -> dict[tuple[str, frozenset], float]:
    """Every sample of an exposition, by name and labels."""
    text = text.decode() if isinstance(text, bytes) else text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Mapping, metric: metrics.Metric, **labels: str) -> float | None:
    return found.get((metric.name, frozenset(labels.items())))


def ended(code: int, job: str = "run", time: float = 1000.0) -> None:
    measure("command.ended", job=job, exit_code=code, seconds=2.5, time=time)


def stored(number: int, reasons: Mapping[str, int] | None = None) -> None:
    measure(
        "ingest.stored", topic="t", seq=7, seconds=0.3, stored=number, rejected=2, skipped=0,
        reasons=reasons or {},
    )  # fmt: skip


def test_a_process_that_measured_nothing_has_no_series(sink):
    """A zero would say that there is no stale day, of a process that never looked."""
    event("step.done", step="ingest")
    assert sink.samples.text() == b""


@pytest.mark.parametrize("metric", metrics.METRICS, ids=lambda metric: metric.name)
def test_a_metric_has_a_name_labels_and_words_that_fit(metric):
    """Names as Prometheus wants them; labels are of a short list, and none of these names a person."""
    assert re.fullmatch(r"healthtrends_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert set(metric.labels) <= {"job", "topic", "partition", "fate", "reason", "gate", "level", "answer"}
    assert metric.meaning
    assert bool(metric.buckets) == (metric.kind == "histogram")


@pytest.mark.parametrize(("code", "success"), [(0, 1000.0), (3, 1000.0), (1, None), (5, None), (130, None)])
def test_a_command_has_done_its_work_with_0_and_with_3(sink, code, success):
    """A gate that fails is told by its own metric: everything is stored and published."""
    ended(code)
    found = samples(sink.samples.text())
    assert value(found, metrics.EXIT_CODE, job="run") == code
    assert value(found, metrics.DURATION, job="run") == 2.5
    assert value(found, metrics.LAST_SUCCESS, job="run") == success


def test_commits_add_up_by_fate_and_by_reason(sink):
    """And their times are counted in a histogram."""
    stored(10, {"missing_field": 2})
    stored(5, {"missing_field": 1, "bad_date": 1})
    found = samples(sink.samples.text())
    assert value(found, metrics.RECORDS, topic="t", fate="stored") == 15
    assert value(found, metrics.RECORDS, topic="t", fate="rejected") == 4
    assert value(found, metrics.REJECTS, topic="t", reason="missing_field") == 3
    assert value(found, metrics.COMMIT_SEQUENCE) == 7
    buckets = {dict(labels)["le"]: number for (name, labels), number in found.items() if "_bucket" in name}
    assert (buckets["0.25"], buckets["0.5"], buckets["+Inf"]) == (0, 2, 2)


def test_a_number_that_is_not_known_leaves_its_series_out(sink):
    """A client that may not read the topic's settings knows no retention."""
    measure(
        "ingest.position", topic="t", partition=1, read=9, stored=7, end=9, lag=2, lag_seconds=None,
        headroom=7, headroom_seconds=None,
    )  # fmt: skip
    found = samples(sink.samples.text())
    assert value(found, metrics.LAG, topic="t", partition="1") == 2
    assert value(found, metrics.HEADROOM, topic="t", partition="1") == 7
    assert {name for name, _ in found} == {metrics.LAG.name, metrics.HEADROOM.name}


def test_of_a_range_the_newest_date_counts(sink):
    """Whatever order its dates are published in."""
    for days, number in ((0, 3), (-1, 9)):
        date = DATE + dt.timedelta(days=days)
        measure("facilities.quiet", date=date, facilities=number)
        measure("alarms.found", date=date, levels={"category": number, "block": 0})
    found = samples(sink.samples.text())
    assert value(found, metrics.SILENT) == 3
    assert value(found, metrics.ALARMS, level="category") == 3
    assert value(found, metrics.ALARMS, level="block") == 0


def test_answers_of_mllp_are_told_as_totals_and_counted_once(sink):
    """They come several times a second."""
    for accepted in (1, 4, 4):
        measure("mllp.counts", accepted=accepted, failed=0, rejected=2, open=accepted)
    found = samples(sink.samples.text())
    assert value(found, metrics.MLLP_MESSAGES, answer="AA") == 4
    assert value(found, metrics.MLLP_MESSAGES, answer="AR") == 2
    assert value(found, metrics.MLLP_CONNECTIONS) == 4


def test_numbers_are_in_no_log(capsys):
    """Not with -v either: they come every few seconds."""
    configure(verbose=True)
    with attached(MetricsSink()):
        measure("log.read", seq=1)
        assert is_measured()
    assert (capsys.readouterr().err, is_measured()) == ("", False)
    configure()


def test_a_failed_command_leaves_the_last_success_in_the_file(sink, tmp_path):
    """And what other commands have said."""
    path = tmp_path / "healthtrends.prom"
    ended(0)
    ended(0, job="verify")
    write_textfile(path, sink.samples)
    later = MetricsSink()
    with attached(later):
        ended(5, time=2000.0)
    write_textfile(path, later.samples)
    found = samples(path.read_text())
    assert value(found, metrics.LAST_SUCCESS, job="run") == 1000.0
    assert value(found, metrics.LAST_SUCCESS, job="verify") == 1000.0
    assert value(found, metrics.EXIT_CODE, job="run") == 5


def test_counters_of_the_file_go_on_from_the_command_before(sink, tmp_path):
    """Else two runs of the same size would look like none."""
    path = tmp_path / "healthtrends.prom"
    stored(10, {"bad_date": 1})
    write_textfile(path, sink.samples)
    later = MetricsSink()
    with attached(later):
        stored(5, {"bad_date": 1})
    write_textfile(path, later.samples)
    found = samples(path.read_text())
    assert value(found, metrics.RECORDS, topic="t", fate="stored") == 15
    assert value(found, metrics.REJECTS, topic="t", reason="bad_date") == 2
    assert found[(f"{metrics.COMMIT_SECONDS.name}_count", frozenset())] == 2


@pytest.mark.parametrize("before", [b"\xff\xfe", b"no exposition {", b"# TYPE other gauge\nother 3\n"])
def test_a_file_of_something_else_is_begun_anew(sink, tmp_path, before):
    """A file cut by a full disk must not stop the metrics for ever."""
    path = tmp_path / "healthtrends.prom"
    path.write_bytes(before)
    ended(0)
    write_textfile(path, sink.samples)
    assert {name for name, _ in samples(path.read_text())} == {
        metrics.EXIT_CODE.name, metrics.DURATION.name, metrics.LAST_SUCCESS.name
    }  # fmt: skip


def test_the_file_may_be_read_by_others_and_nothing_else_ends_with_prom(sink, tmp_path):
    """node_exporter is another user, and reads every name that ends so."""
    ended(0)
    write_textfile(tmp_path / "healthtrends.prom", sink.samples)
    assert [path.name for path in tmp_path.glob("*.prom")] == ["healthtrends.prom"]
    assert (tmp_path / "healthtrends.prom").stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_written_is_a_line_in_the_log(sink, tmp_path, capsys):
    """It changes nothing of the command."""
    configure()
    write_textfile(tmp_path / "missing" / "healthtrends.prom", sink.samples)
    assert "metrics.not_written" in capsys.readouterr().err


class Gateway(BaseHTTPRequestHandler):
    """Keeps what was sent."""

    got: ClassVar[list[tuple[str, str, str]]] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.got.append((self.command, self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Nothing."""


def test_a_push_adds_to_what_the_gateway_has(sink):
    """POST replaces the sent metrics only: a failed run sends no success, so the last one stays."""
    Gateway.got.clear()
    ended(5)
    with LoopbackHttp(Gateway) as server:
        push(f"http://127.0.0.1:{server.port}", "run", sink.samples)
    ((method, path, body),) = Gateway.got
    assert (method, path) == ("POST", "/metrics/job/run")
    assert value(samples(body), metrics.EXIT_CODE, job="run") == 5
    assert metrics.LAST_SUCCESS.name not in body


def test_a_gateway_that_is_away_is_a_line_in_the_log(sink, capsys):
    """As is one that answers with an error."""
    configure()
    ended(0)
    with LoopbackHttp(BaseHTTPRequestHandler) as server:
        push(f"http://127.0.0.1:{server.port}", "run", sink.samples)
    push(f"http://127.0.0.1:{server.port}", "run", sink.samples)
    assert capsys.readouterr().err.count("metrics.not_pushed") == 2
