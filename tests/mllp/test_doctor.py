"""`doctor` on the door: its port, its certificates, and their end."""

import datetime as dt
import subprocess
import sys

import pytest

from healthtrends.config import load
from healthtrends.listen_address import shown_address
from healthtrends.mllp.certificate import first_expiry
from healthtrends.orchestrate.wiring.mllp_check import mllp_findings
from tests.mllp.certificates import Authority
from tests.mllp.door import open_listening

LISTENER = """
import socket, sys, time
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
sys.stdin.read()
"""


def look(**mllp: object) -> dict[str, tuple[str, str]]:
    """Level and text of each finding, by name; keywords are settings of [mllp]."""
    given = {f"mllp.{name}": value for name, value in mllp.items()}
    settings = load(None, given | ({"source.format": "hl7v2"} if mllp else {}), {})
    return {each.name: (each.level, each.text) for each in mllp_findings(settings)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder, "authority")


@pytest.fixture
def tls(authority):
    """Settings of a door with certificates that live for 90 days."""
    certificate, key = authority.issue("localhost", days=90)
    return {"tls_certificate": str(certificate), "tls_key": str(key), "client_ca": str(authority.path)}


def test_a_door_that_nobody_configured_is_not_looked_at():
    """Most installations have none."""
    assert look() == {}


def test_a_free_port_is_well():
    """On loopback without TLS, too."""
    assert look(listen="127.0.0.1:0") == {
        "mllp port": ("ok", "127.0.0.1:0 is free; only programs of this machine can send")
    }


def test_a_port_of_another_program_is_an_error():
    """As the start of the door would say."""
    with open_listening("127.0.0.1:0") as other:
        address = shown_address(other)
        assert look(listen=address) == {
            "mllp port": ("error", f"{address} cannot be listened on (Address already in use)")
        }


def test_a_port_of_the_door_itself_is_well():
    """It is known by its command line."""
    command = [sys.executable, "-c", LISTENER, "mllp"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = f"127.0.0.1:{int(process.stdout.readline())}"
        found = look(listen=address)
        process.communicate()
    assert found == {
        "mllp port": ("ok", f"{address} is listened on by `healthtrends mllp` (pid {process.pid})")
    }


def test_a_door_open_to_all_is_a_warning():
    """With what to set."""
    level, text = look(listen="0.0.0.0:0")["mllp port"]
    assert (level, "whoever reaches it can send" in text) == ("warning", True)


def test_an_ingest_that_rejects_what_the_door_takes_is_a_warning():
    """Another format, and a smaller limit."""
    settings = load(None, {"mllp.listen": "127.0.0.1:0", "mllp.max_message_bytes": 2 << 20}, {})
    found = [each.text for each in mllp_findings(settings) if each.level == "warning"]
    assert ["source.format is record" in found[0], "ingest.max_message_bytes" in found[1]] == [True, True]


def test_good_certificates_are_well(tls, monkeypatch):
    """Each with the days that it has left; soon ended is a warning, ended an error."""
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  openssl dates certificates by the machine's clock
    found = look(listen="127.0.0.1:0", **tls)
    assert found["mllp tls_certificate"] == ("ok", f"{tls['tls_certificate']}: ends in 89 days")
    levels = []
    for days in (61, 91):
        monkeypatch.setenv("HEALTHTRENDS_NOW", (now + dt.timedelta(days=days)).isoformat())
        levels.append(look(listen="127.0.0.1:0", **tls)["mllp tls_certificate"][0])
    assert levels == ["warning", "error"]


def test_a_key_that_others_may_read_is_an_error(tls, authority):
    """Nothing else is looked at then."""
    _, key = authority.issue("open")
    key.chmod(0o644)
    found = look(listen="127.0.0.1:0", **tls | {"tls_key": str(key)})
    assert found["mllp tls"][0] == "error"
    assert "is open to others" in found["mllp tls"][1]
    assert "mllp tls_certificate" not in found


@pytest.mark.parametrize("days", [1, 400, 20_000])
def test_the_end_of_a_certificate_is_what_openssl_says(authority, days):
    """Before 2050 and after it, where the form of the time is another; of a chain the earliest."""
    path, _ = authority.issue("dated", days=days)
    command = ["openssl", "x509", "-in", path, "-noout", "-enddate"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    expected = dt.datetime.strptime(said, "notAfter=%b %d %H:%M:%S %Y GMT").replace(tzinfo=dt.UTC)
    later, _ = authority.issue("later", days=30_000)
    assert first_expiry(path.read_text() + later.read_text()) == expected
