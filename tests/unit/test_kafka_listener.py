"""The look at a port that refused a client, on servers of our own that answer as brokers do."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from healthtrends.adapters.kafka_access import Access
from healthtrends.adapters.kafka_listener import Listener, certificate_fault, look_at_listener
from tests.secured.authority import Authority

MECHANISMS = struct.pack(">ihi", 1, 33, 2) + b"\0\x05PLAIN" + b"\0\x0bOAUTHBEARER"
NO_SASL = struct.pack(">ihi", 1, 34, 0)


@contextmanager
def port(answer: bytes, issued=None) -> Iterator[str]:
    """Give the address of a server that answers every request with `answer`, its length before it."""
    tls = None
    if issued is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(issued.chain, issued.key)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            try:
                with tls.wrap_socket(peer, server_side=True) if tls else peer as asked:
                    asked.settimeout(5)
                    if asked.recv(1000).startswith(b"\0\0\0"):  # a length, and no TLS
                        asked.sendall(struct.pack(">i", len(answer)) + answer)
            except OSError:
                continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"localhost:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Issues certificates of one day."""
    return Authority(tmp_path_factory.mktemp("tls"), "authority")


@pytest.mark.parametrize("has_tls", [False, True])
@pytest.mark.parametrize(("answer", "mechanisms"), [(MECHANISMS, ("PLAIN", "OAUTHBEARER")), (NO_SASL, ())])
def test_a_port_says_what_it_speaks(authority, has_tls, answer, mechanisms):
    """TLS or not, and the mechanisms it has; none where it asks for no log-in."""
    with port(answer, authority.issue("broker") if has_tls else None) as address:
        assert look_at_listener(address) == Listener(has_tls, mechanisms)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request", MECHANISMS[:12]])
def test_another_answer_is_none(answer):
    """It is no Kafka, or it is cut."""
    with port(answer) as address:
        assert look_at_listener(address) is None


def test_a_port_that_nobody_listens_on_says_nothing():
    """As a broker that is down."""
    assert look_at_listener("127.0.0.1:1") is None
    assert certificate_fault("127.0.0.1:1", Access("", {})) == ""


@pytest.mark.parametrize(
    ("hosts", "is_expired", "fault"),
    [
        (("localhost",), True, "certificate has expired"),
        (("elsewhere.example.org",), False, "not valid for 'localhost'"),
        (("localhost",), False, ""),
    ],
)
def test_what_is_wrong_with_a_certificate_is_named(authority, hosts, is_expired, fault):
    """Librdkafka says the same of all of them."""
    keys = {"ssl.ca.location": str(authority.file)}
    with port(NO_SASL, authority.issue("x", hosts, is_expired=is_expired)) as address:
        found = certificate_fault(address, Access(address, keys))
        unchecked = certificate_fault(
            address, Access(address, keys | {"ssl.endpoint.identification.algorithm": "none"})
        )
    assert fault in found
    assert (found == "") == (fault == "")
    assert unchecked == ("certificate has expired" if is_expired else "")


def test_an_authority_that_is_not_known_is_named(authority):
    """Without a file those of the machine count."""
    with port(NO_SASL, authority.issue("broker")) as address:
        assert "unable to get local issuer" in certificate_fault(address, Access(address, {}))
        pem = authority.file.read_text("utf-8")
        assert certificate_fault(address, Access(address, {"ssl.ca.pem": pem})) == ""
