"""A stack that was started and used is closed to other users of the machine, an older home too."""

import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from hdfs_native import Client

from healthtrends.config import cache
from healthtrends.devstack.stack import LocalStack, StackAddresses
from healthtrends.storage.layout import Layout
from tests.real import second_user

TOPIC = "patient-records"
PROBE = Path(__file__).with_name("second_user.py")
LAYOUT = Layout("/healthTrend")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Home of a stack that a demo used: records, rejects, reports and a page; in a folder open to all."""
    with tempfile.TemporaryDirectory(prefix="ht-") as folder:
        Path(folder).chmod(0o755)
        home = Path(folder, "home")
        try:
            done = healthtrends(home, "demo", "--records", "2000")
            assert done.returncode == 0, done.stderr
            assert (home / "pages").exists()
            yield home
        finally:
            healthtrends(home, "down", "--purge")


def healthtrends(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with this home, under a mask that hides nothing."""
    return subprocess.run(
        [sys.executable, "-m", "healthtrends.cli", *arguments],
        env={**os.environ, "HEALTHTRENDS_HOME": str(home)},
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        umask=0o000,
    )


def addresses(home: Path) -> StackAddresses:
    """Where the stack answers."""
    found = LocalStack(home, cache()).status().addresses
    assert found is not None
    return found


@pytest.fixture(scope="module")
def reached(home: Path) -> dict[str, list[str]]:
    """What user nobody reaches; see `second_user`."""
    at = addresses(home)
    run = home / "stack" / "run"
    ports = {
        name: sorted(
            each.laddr.port
            for each in psutil.Process(
                json.loads((run / f"{name}.json").read_bytes())["pid"]
            ).net_connections()
            if each.status == psutil.CONN_LISTEN
        )
        for name in ("kafka", "namenode", "datanode")
    }
    assert all(ports.values()), ports  # else nothing would be tried
    asked = {
        "home": str(home),
        "secret": at.kafka_client["sasl.password"],
        "broker": at.bootstrap_servers,
        "kafka": ports["kafka"],
        "ports": ports["namenode"] + ports["datanode"],
        "hdfs": at.hdfs_url,
    }
    done = subprocess.run(
        [sys.executable, str(PROBE)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@AS_ROOT
@pytest.mark.parametrize(
    "what",
    ["files", "command lines", "topics", "topics by a guess", "answers of Kafka", "pages", "calls"],
)
def test_another_user_reaches_nothing(reached, what):
    """No file, no password, no topic, no answer of broker or controller, no page, no HDFS call."""
    assert reached[what] == []


def test_its_owner_reaches_files_topics_and_folders(home):
    """By the same questions; else the test above would prove nothing."""
    at = addresses(home)
    assert str(home / "keys" / "pseudonym.key") in second_user.files(str(home))
    assert TOPIC in second_user.topics(at.bootstrap_servers, at.kafka_client)
    assert [entry.path for entry in Client(at.hdfs_url).list_status(LAYOUT.rejects)]


def test_what_answers_without_a_login_is_seen():
    """By the same questions, at a server that answers everybody; else the test above would prove nothing."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            port = server.server_address[1]
            assert f"GET / at {port}: 200" in list(second_user.pages(port))
        finally:
            server.shutdown()


def open_to_others(home: Path) -> list[Path]:
    """Files and folders of the home that others may read or write, links aside."""
    found = [home, *home.rglob("*")]
    return [each for each in found if not each.is_symlink() and stat.S_IMODE(each.stat().st_mode) & 0o077]


def test_all_that_the_stack_writes_is_its_owners_alone(home):
    """Segments, blocks, logs, state, keys, pages: under any mask of the process."""
    assert open_to_others(home) == []


def test_other_clients_find_their_settings_in_a_file(home):
    """Lines `key=value`, which librdkafka takes as they are; `status --json` says where."""
    status = json.loads(healthtrends(home, "status", "--json").stdout)
    lines = Path(status["kafka"]["client_file"]).read_text("utf-8").splitlines()
    client = AdminClient(dict(line.split("=", 1) for line in lines))
    assert TOPIC in client.list_topics(timeout=10).topics


def test_settings_on_stderr_and_in_run_records_hide_the_password(home):
    """A run with all settings shown names the login, never the word."""
    secret = addresses(home).kafka_client["sasl.password"]
    shown = healthtrends(home, "run", "2025-12-22", "-v")
    client = Client(addresses(home).hdfs_url)
    records = [e.path for e in client.list_status(LAYOUT.runs, recursive=True) if not e.isdir]
    texts = [shown.stdout, shown.stderr, *(client.read(path).read().decode() for path in records)]
    assert records
    assert [text for text in texts if secret in text] == []


def as_before(home: Path) -> None:
    """Leave the home as the version before did: open, no password kept, the servers running."""
    client = Client(addresses(home).hdfs_url)
    for folder in ("/", *LAYOUT.private):
        client.set_permission(folder, 0o755)
    state = home / "stack" / "state.json"
    kept = {name: value for name, value in json.loads(state.read_bytes()).items() if name != "kafka_password"}
    state.write_text(json.dumps(kept), "utf-8")
    (home / "keys" / "kafka-client.properties").unlink()
    for each in (home, *home.rglob("*")):
        if not each.is_symlink():
            with suppress(FileNotFoundError):  # servers delete files meanwhile
                each.chmod(0o755 if each.is_dir() else 0o644)


def test_a_home_of_the_version_before_is_closed_and_carried_on(home):
    """Its servers start again; its files, its topic with the messages, its folders on HDFS."""
    as_before(home)
    before = LocalStack(home, cache()).status().servers
    done = healthtrends(home, "up")
    assert done.returncode == 0, done.stderr
    at = addresses(home)
    hdfs = Client(at.hdfs_url)
    modes = [hdfs.get_file_info(path).permission for path in ("/", *LAYOUT.private)]
    consumer = Consumer({"bootstrap.servers": at.bootstrap_servers, **at.kafka_client, "group.id": "test"})
    ends = [consumer.get_watermark_offsets(TopicPartition(TOPIC, n), timeout=10)[1] for n in range(3)]
    consumer.close()
    after = LocalStack(home, cache()).status().servers
    assert [name for name in after if after[name] == before[name]] == []
    assert open_to_others(home) == []
    assert modes == [0o700] * (1 + len(LAYOUT.private))
    assert sum(ends) == 2000


@pytest.mark.parametrize("command", ["up", "status", "down", "doctor"])
def test_a_home_that_is_a_link_is_refused(home, command):
    """Whoever can change the link would decide where the data lie."""
    link = home.with_name("link")
    link.unlink(missing_ok=True)
    link.symlink_to(home)
    done = healthtrends(link, command)
    assert done.returncode == 2
    assert f"the home {link} is a symbolic link" in done.stderr
