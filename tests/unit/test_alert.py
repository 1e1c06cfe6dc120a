"""The alert hook gets the summary, and its own failure is nobody else's."""

import http.server
import json
import sys
import threading

import pytest

from healthtrends.adapters.alert import check_hook, send_alert
from healthtrends.config.publish import Alert
from healthtrends.errors import ConfigError

SUMMARY = {"run_id": "r1", "exit_code": 5}


def test_a_command_gets_the_summary_on_its_standard_input(tmp_path):
    """As one JSON document."""
    place = tmp_path / "alert.json"
    script = f"import sys, pathlib; pathlib.Path({str(place)!r}).write_text(sys.stdin.read())"
    send_alert(Alert(command=[sys.executable, "-c", script]), SUMMARY)
    assert json.loads(place.read_text()) == SUMMARY


def test_a_command_gets_no_settings(tmp_path, monkeypatch):
    """Some are secret; the rest of the environment is the user's own, as the command is."""
    monkeypatch.setenv("HEALTHTRENDS_KAFKA__CLIENT__SASL_PASSWORD", "s3cr3t")
    monkeypatch.setenv("HEALTHTRENDS_ENGINE__TOKEN", "s3cr3t")
    monkeypatch.setenv("MAILTO", "operator")
    place = tmp_path / "environment"
    send_alert(Alert(command=["/bin/sh", "-c", f"env > '{place}'"]), SUMMARY)
    assert "MAILTO=operator" in place.read_text()
    assert "s3cr3t" not in place.read_text()


@pytest.mark.parametrize("mode", [None, 0o600])
def test_a_program_that_is_not_there_or_may_not_be_run_is_an_error(tmp_path, mode):
    """Found out at the first failed run, it would be found out by nobody."""
    program = tmp_path / "notify"
    if mode:
        program.write_text("#!/bin/sh\n")
        program.chmod(mode)
    with pytest.raises(ConfigError, match="is not there or may not be run"):
        check_hook(Alert(command=[str(program)]))


@pytest.mark.parametrize("command", [None, ["sh", "-c", "exit"], [sys.executable]])
def test_a_program_that_is_there_or_in_the_path_is_none(command):
    """And no hook at all is no fault either."""
    check_hook(Alert(command=command))


@pytest.fixture
def receiver():
    """A web hook on loopback that keeps what it gets."""
    received = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_gets_the_summary_as_a_post(receiver):
    """The same document."""
    url, received = receiver
    send_alert(Alert(webhook=url), SUMMARY)
    assert received == [SUMMARY]


def test_a_webhook_on_this_machine_is_not_asked_through_a_proxy(receiver, monkeypatch):
    """Nothing listens on port 1; a webhook elsewhere does go through the proxy."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    url, received = receiver
    send_alert(Alert(webhook=url), SUMMARY)
    assert received == [SUMMARY]


@pytest.mark.parametrize(
    "hook",
    [
        Alert(command=["/no/such/program"]),
        Alert(command=[sys.executable, "-c", "raise SystemExit(3)"]),
        Alert(command=[sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.3),
        Alert(webhook="http://127.0.0.1:1/hook", timeout=1),
    ],
    ids=["missing", "failing", "hanging", "unreachable"],
)
def test_a_broken_hook_fails_nothing(hook):
    """It returns, and a line in the log says so."""
    send_alert(hook, SUMMARY)
