"""A local stack with Kerberos and TLS: all commands use it, and another user of the machine gets nothing.

The tests run in the order written here: the last one removes it.
"""

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest
from hdfs_native import Client, WriteOptions

from healthtrends.config import user_name
from healthtrends.devstack.hdfs_kerberos import CLIENT
from healthtrends.devstack.kerberos import REALM
from healthtrends.devstack.stack import StackAddresses
from tests.real import second_user
from tests.secured import ticket_probe
from tests.secured.block_probe import Block, find_block, reply
from tests.secured.other_user import LOGINS, Asked
from tests.secured.stack_home import Home

ROOT = Path(__file__).resolve().parents[2]
DAY = "2025-12-22"
CONTENT = "a file of its owner"
PROBES = [
    "files",
    "command lines",
    *(f"topics {number}" for number in range(len(LOGINS))),
    "answers of Kafka",
    "answers of Kafka over TLS",
    "pages",
    "calls",
    "blocks",
    "tickets",
]


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A stack that a demo started and used, in a folder open to all."""
    with tempfile.TemporaryDirectory(prefix="ht-") as folder:
        Path(folder).chmod(0o755)
        home = Home(Path(folder))
        try:
            done = home("demo", "--records", "1000", HEALTHTRENDS_STACK__SECURE="true")
            assert done.returncode == 0, done.stderr
            yield home
        finally:
            home("down", "--purge")


@pytest.fixture
def as_client(home, monkeypatch) -> StackAddresses:
    """This process is the user of the stack."""
    for name, value in home.addresses.environ.items():
        monkeypatch.setenv(name, value)
    return home.addresses


@pytest.fixture(scope="module")
def block(home) -> Block:
    """A block with CONTENT, and how it is named on the wire."""
    at = home.addresses
    with pytest.MonkeyPatch.context() as patch:
        for name, value in at.environ.items():
            patch.setenv(name, value)
        with Client(at.hdfs_url, at.hdfs_client).create("/healthTrend/known", WriteOptions()) as file:
            file.write(CONTENT.encode())
    return find_block(home.path / "stack" / "hdfs" / "data", CONTENT.encode())


@pytest.fixture(scope="module")
def reached(home, block) -> dict[str, list[str]]:
    """What user nobody reaches; see `other_user`."""
    if os.geteuid() != 0:
        pytest.skip("only root can become nobody; that the home is closed, a test of its modes shows")
    at, state = home.addresses, json.loads((home.path / "stack" / "state.json").read_bytes())
    (key, *_) = (home.path / "stack" / "tls" / "server.pem").read_text("ascii").splitlines()[1:]
    asked = Asked(
        home=str(home.path),
        owner=user_name("the test"),
        secrets=[at.kafka_client["sasl.password"], key],
        broker=at.bootstrap_servers,
        kafka=home.listening("kafka"),
        ports=home.listening("namenode", "datanode"),
        hdfs=at.hdfs_url,
        hdfs_client=at.hdfs_client,
        kdc=state["kdc_port"],
        datanode=state["http_port"],
        block=block,
        content=CONTENT,
    )
    assert len(asked.kafka) >= 2, asked  # else little would be tried
    assert len(asked.ports) >= 5, asked
    done = subprocess.run(
        [sys.executable, "-m", "tests.secured.other_user"],
        input=msgspec.json.encode(asked),
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, list[str]] = json.loads(done.stdout)
    assert found.pop("user") == ["nobody"]
    assert sorted(found) == sorted(PROBES)
    return found


@pytest.mark.long
@pytest.mark.parametrize("what", PROBES)
def test_another_user_reaches_nothing(reached, what):
    """No file, no secret, no topic, no answer of Kafka, no page, no HDFS call, no block, no ticket."""
    assert reached[what] == []


@pytest.mark.long
def test_its_owner_reaches_files_topics_and_folders(home, as_client):
    """By the same questions; else the test above would prove nothing."""
    assert str(home.path / "keys" / "pseudonym.key") in second_user.files(str(home.path))
    assert "patient-records" in second_user.topics(as_client.bootstrap_servers, as_client.kafka_client)
    client = Client(as_client.hdfs_url, as_client.hdfs_client)
    assert [entry.path for entry in client.list_status("/healthTrend/rejects")]
    assert [entry.path for entry in client.list_status("/")] == ["/healthTrend"]  # no trace of the other


@pytest.mark.long
def test_the_center_asks_for_a_proof_before_it_gives_a_ticket(home):
    """And not for another request; else none would have been tried."""
    port = json.loads((home.path / "stack" / "state.json").read_bytes())["kdc_port"]
    assert ticket_probe.error_code(ticket_probe.answer(port, CLIENT, REALM)) == ticket_probe.PROOF_WANTED


@pytest.mark.long
def test_all_that_the_stack_writes_is_its_owners_alone(home):
    """Certificates, keys, keytabs, blocks, segments, logs: under any mask of the process."""
    found = [home.path, *home.path.rglob("*")]
    keytabs = [each.name for each in found if each.suffix == ".keytab"]
    assert sorted(keytabs) == ["HTTP.keytab", "all.keytab", "dn.keytab", "healthtrends.keytab", "nn.keytab"]
    assert [each for each in found if stat.S_IMODE(each.lstat().st_mode) & 0o077] == []


@pytest.mark.long
def test_all_listeners_are_on_loopback(home):
    """Those of the Kerberos center, too."""
    connections = [
        each
        for pid in home.stack.status().servers.values()
        for each in psutil.Process(pid).net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    ]
    assert {each.laddr.ip.removeprefix("::ffff:") for each in connections} == {"127.0.0.1"}


@pytest.mark.long
def test_a_command_without_any_setting_uses_it(home):
    """The state of the stack has all that a client needs."""
    status = json.loads(home("status", "--json").stdout)
    assert status["stack"] == {"running": True, "home": str(home.path), "secure": True}
    assert status["commits"]["records"] + status["commits"]["rejects"] == 1000
    verified = home("verify")
    assert verified.returncode == 0, verified.stderr


@pytest.mark.long
def test_the_doctor_finds_it_well(home):
    """And has nothing to say of other users."""
    found = {each["name"]: each["level"] for each in json.loads(home("doctor", "--json").stdout)["findings"]}
    names = ("kerberos", "other users", "certificate", "jars", "ports", "kafka", "hdfs", "writing", "topic")
    assert {name: found[name] for name in names} == dict.fromkeys(names, "ok")


@pytest.mark.long
def test_purge_removes_all_but_the_key(home):
    """Certificates and keytabs are gone, and so are the servers."""
    ended = [psutil.Process(pid) for pid in home.stack.status().servers.values()]
    assert len(ended) == 4
    assert home("down", "--purge").returncode == 0
    assert sorted(str(each.relative_to(home.path)) for each in home.path.rglob("*")) == [
        "keys",
        "keys/pseudonym.key",
        "stack.lock",
    ]
    assert [each for each in ended if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []


def test_a_block_of_a_plain_stack_is_given_to_anybody(stack, root):
    """By the same question; else the test of the secured one would prove nothing."""
    content = f"a file of {root}"
    with Client(stack.hdfs_url).create(f"{root}/known", WriteOptions(create_parent=True)) as file:
        file.write(content.encode())
    home = stack.key_file.parent.parent
    port = json.loads((home / "stack" / "state.json").read_bytes())["http_port"]
    found = find_block(home / "stack" / "hdfs" / "data", content.encode())
    assert content.encode() in reply(port, found)


def test_without_the_systems_library_the_package_is_named(tmp_path):
    """Before anything is made."""
    (tmp_path / "libgssapi_krb5.so.2").touch()  # found first, and no library
    done = Home(tmp_path)("up", "--secure", LD_LIBRARY_PATH=str(tmp_path))
    assert done.returncode == 2
    assert "HDFS with Kerberos needs the system's library libgssapi_krb5.so.2" in done.stderr
    assert "apt-get install libgssapi-krb5-2" in done.stderr
    assert "dnf install krb5-libs" in done.stderr
    assert not (tmp_path / "home").exists()
