"""A broker that asks for a password and for rights: what works, and what a refused client reads."""

import pytest

from tests.secured.conftest import USER, scram
from tests.secured.kafka_settings import SASL

WRONG = "not-this-one"


def test_a_wrong_password_ends_the_command_at_once_with_the_brokers_words(client, brokers):
    """It is no broker that is away: another try gives the same."""
    client.login(brokers.addresses(SASL), scram(brokers) | {"sasl.password": WRONG})
    done = client.produce()
    assert done.code == 2, done.err
    assert f"error: Kafka at {brokers.addresses(SASL)} refuses User:{USER}" in done.err
    assert "why:  Authentication failed during authentication due to invalid credentials" in done.err
    assert "next: check sasl.username and sasl.password of [kafka.client]" in done.err
    assert WRONG not in done.err


@pytest.mark.parametrize("command", ["run", "ingest", "status"])
def test_every_command_says_the_same(pipeline, brokers, command):
    """They ask the broker in the same way."""
    pipeline.login(brokers.addresses(SASL), scram(brokers) | {"sasl.password": WRONG})
    done = pipeline(command, *(["2025-12-22"] if command == "run" else []))
    assert (done.code, f"refuses User:{USER}" in done.err) == (2, True), done.err
