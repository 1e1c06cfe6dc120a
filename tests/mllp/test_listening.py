"""The socket and its TLS: who may connect, and what is refused before anything starts."""

import socket
import ssl
import subprocess

import pytest

from healthtrends.errors import ConfigError
from healthtrends.listen_address import bind_address, shown_address, split_address
from healthtrends.mllp.listening import WHERE, exposure, tls_context
from tests.mllp.certificates import Authority
from tests.mllp.door import Door, Sender, message, open_listening, opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder, "authority")


@pytest.fixture(scope="module")
def server(authority):
    """Certificate and key of the door."""
    return authority.issue("localhost")


@pytest.fixture
def guarded(authority, server):
    """A door that lets in who has a certificate of the authority."""
    with opened(tls_context(str(server[0]), str(server[1]), str(authority.path))) as door:
        yield door


def is_refused(door: Door, context: ssl.SSLContext) -> bool:
    """Whether a sender is closed before it has an answer."""
    try:
        with Sender(door.address, context) as sender:
            sender.send(message("1"))
            return sender.answer() == b""
    except OSError:
        return True


def test_a_sender_with_a_certificate_is_served(authority, guarded):
    """Over TLS, as without it."""
    with Sender(guarded.address, authority.client(authority.issue("sender"))) as sender:
        assert sender.ask(message("1")) == ("AA", "1")


def test_a_sender_without_a_certificate_is_not(authority, guarded, capsys):
    """It hears it at the latest with its first message; nothing of it comes to the topic."""
    assert is_refused(guarded, authority.client())
    guarded.end()
    assert guarded.publisher.values == []
    assert 'reason="TLS: peer did not return a certificate"' in capsys.readouterr().err


def test_a_certificate_of_another_authority_is_not_accepted(authority, guarded, tmp_path):
    """Although its name is a good one."""
    stranger = Authority(tmp_path, "stranger").issue("sender")
    assert is_refused(guarded, authority.client(stranger))
    assert guarded.publisher.values == []


def test_plain_bytes_do_not_pass_for_a_handshake(guarded):
    """A sender without TLS is closed, and the door goes on."""
    with Sender(guarded.address) as sender:
        sender.send(message("1"))
        assert sender.is_closed()
    guarded.end()
    assert guarded.publisher.values == []


def test_without_an_authority_for_senders_anybody_may_connect_by_tls(authority, server):
    """What is sent cannot be read on the way."""
    context = tls_context(str(server[0]), str(server[1]), None)
    with opened(context) as door, Sender(door.address, authority.client()) as sender:
        assert sender.ask(message("1")) == ("AA", "1")


def test_without_any_of_the_settings_there_is_no_tls():
    """The default."""
    assert tls_context(None, None, None) is None


@pytest.mark.parametrize("given", [("a", None, None), (None, "a", None), (None, None, "a"), ("a", None, "a")])
def test_half_a_tls_is_refused(given):
    """A setting that was forgotten must not open the door to all."""
    with pytest.raises(ConfigError, match="the TLS of mllp is incomplete"):
        tls_context(*given)


def test_a_key_that_others_may_read_is_refused(authority, folder):
    """Before anything listens."""
    certificate, key = authority.issue("open")
    key.chmod(0o640)
    with pytest.raises(ConfigError, match="is open to others"):
        tls_context(str(certificate), str(key), None)


def test_an_authority_that_others_may_write_is_refused(authority, server, tmp_path):
    """Who can write it decides who may send."""
    (copy := tmp_path / "authority.pem").write_bytes(authority.path.read_bytes())
    copy.chmod(0o666)
    with pytest.raises(ConfigError, match="may be written by others"):
        tls_context(str(server[0]), str(server[1]), str(copy))


def test_a_key_that_does_not_fit_or_is_missing_is_refused(authority, server, tmp_path):
    """The error names the setting and what is wrong."""
    _, other = authority.issue("other")
    with pytest.raises(ConfigError, match=r"tls_key cannot be used: .*key values mismatch"):
        tls_context(str(server[0]), str(other), None)
    with pytest.raises(ConfigError, match=r"tls_key cannot be used: .*no such file"):
        tls_context(str(server[0]), str(tmp_path / "none"), None)
    with pytest.raises(ConfigError, match=r"client_ca cannot be used: .*no such file"):
        tls_context(str(server[0]), str(server[1]), str(tmp_path / "none"))


def test_a_key_with_a_password_is_refused(authority, server, tmp_path):
    """A service has nobody who types one."""
    locked = tmp_path / "locked.key"
    command = ["openssl", "ec", "-in", server[1], "-aes256", "-passout", "pass:secret", "-out", locked]
    subprocess.run(command, check=True, capture_output=True)
    locked.chmod(0o600)
    with pytest.raises(ConfigError, match="tls_key cannot be used"):
        tls_context(str(server[0]), str(locked), None)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("127.0.0.1:2575", ("127.0.0.1", 2575)),
        ("[::1]:0", ("::1", 0)),
        ("localhost:65535", ("localhost", 65535)),
    ],
)
def test_an_address_is_host_and_port(address, found):
    """IPv6 in brackets."""
    assert split_address(address, WHERE) == found


@pytest.mark.parametrize("address", ["2575", "127.0.0.1", "127.0.0.1:65536", "::1:2575", "a b:1", ":1", "a:"])
def test_what_is_no_address_is_refused(address):
    """With an example."""
    with pytest.raises(ConfigError, match="is no address") as caught:
        split_address(address, WHERE)
    assert "127.0.0.1:2575" in caught.value.next_step


@pytest.mark.parametrize("address", ["192.0.2.1:0", "nowhere.invalid:0"])
def test_an_address_of_another_machine_is_refused(address):
    """Exit code 2, before any server is asked."""
    with pytest.raises(ConfigError, match=r"cannot be listened on|has no address"):
        bind_address(address, WHERE)


def test_loopback_is_told_from_what_others_reach():
    """By the address that is bound, not by its name."""
    with open_listening("localhost:0") as near, open_listening("0.0.0.0:0") as far:
        assert [
            exposure(near, has_tls=False, asks_who=False).is_risky,
            exposure(far, has_tls=False, asks_who=False).is_risky,
            exposure(far, has_tls=True, asks_who=False).is_risky,
            exposure(far, has_tls=True, asks_who=True).is_risky,
        ] == [False, True, True, False]
        assert shown_address(far).startswith("0.0.0.0:")
        assert "can be read on the way" in exposure(far, has_tls=False, asks_who=False).text


def test_a_port_can_be_taken_again_at_once():
    """Connections of the process before are still being forgotten by the system."""
    with open_listening("127.0.0.1:0") as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listening.accept()[0]:
            pass
    open_listening(f"127.0.0.1:{port}").close()
