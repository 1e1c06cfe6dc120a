"""Kafka of a secured stack is down, and somebody else listens on its port: nobody tells them the password."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from healthtrends.adapters.kafka_admin import cluster_id
from healthtrends.devstack.kafka import USER
from healthtrends.errors import KafkaUnavailable
from tests.faults.sandbox import wait_until
from tests.secured.authority import Authority, Issued
from tests.secured.impostor import Impostor
from tests.secured.stack_home import Home

PASSWORD = "a-password-of-this-test"  # noqa: S105  no server knows it


@pytest.fixture
def theirs(tmp_path) -> Issued:
    """A certificate for the right host, of an authority that the stack does not know."""
    return Authority(tmp_path, "stranger").issue("kafka")


@pytest.fixture
def home() -> Iterator[Home]:
    """A stack with Kerberos and TLS."""
    with tempfile.TemporaryDirectory(prefix="ht-") as folder:
        home = Home(Path(folder))
        try:
            done = home("up", "--secure")
            assert done.returncode == 0, done.stderr
            yield home
        finally:
            home("down", "--purge")


def asked(impostor: Impostor, **more: str) -> None:
    """Ask it as a client of the stack would."""
    login = {"sasl.mechanism": "PLAIN", "sasl.username": USER, "sasl.password": PASSWORD}
    cluster_id(impostor.address, {**login, **more}, 1.0)


def test_an_impostor_gets_the_password_of_a_client_without_tls():
    """As of a plain stack; else the tests below would prove nothing."""
    with Impostor(0, None) as impostor, pytest.raises(KafkaUnavailable, match="did not answer"):
        asked(impostor, **{"security.protocol": "SASL_PLAINTEXT"})
    assert PASSWORD.encode() in impostor.heard


@pytest.mark.long
@pytest.mark.timeout(600)
def test_who_takes_the_port_of_a_secured_kafka_hears_no_password(home, theirs):
    """Not of a follower that runs on, nor of commands; the next start moves, with another password."""
    before = home.addresses
    days = ("--from", "2025-12-20", "--to", "2025-12-22")
    assert home("produce", "--synthetic", "60", "--seed", "1", *days).returncode == 0
    follower = home.start("ingest", "--follow")
    try:
        wait_until(lambda: " ingest.commit " in follower.err)
        home.kill("kafka")
        with Impostor(int(before.bootstrap_servers.rpartition(":")[2]), theirs) as impostor:
            wait_until(lambda: impostor.refusals >= 2)
            for command in ("status", "doctor", "up"):
                home(command)
    finally:
        follower.kill()
    assert before.kafka_client["sasl.password"].encode() not in impostor.heard
    after = home.addresses
    assert after.bootstrap_servers != before.bootstrap_servers
    assert after.kafka_client["sasl.password"] != before.kafka_client["sasl.password"]
    assert home("verify", "--against-topic").returncode == 0
