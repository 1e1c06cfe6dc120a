"""Older brokers with passwords, certificates and rights: the same commands, the same words."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.secured.conftest import USER, running, scram
from tests.secured.kafka_servers import Brokers
from tests.secured.kafka_settings import EXPIRED, MTLS, SASL
from tests.secured.logins import certificate
from tests.secured.old_kafka import VERSIONS, old_brokers

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=VERSIONS)
def brokers(request) -> Iterator[Brokers]:
    """One broker of an older version, in place of the session's."""
    with running(partial(old_brokers, version=request.param)) as found:
        yield found


@pytest.mark.parametrize(("way", "keys"), [(SASL, scram), (MTLS, certificate)], ids=["SCRAM", "certificate"])
def test_records_are_sent_and_stored(pipeline, brokers, secured_topic, way, keys):
    """With the same rights, and one line for the offsets of the group."""
    pipeline.login(brokers.addresses(way), keys(brokers))
    brokers.allow(USER, "write", "topic", secured_topic)
    brokers.allow(USER, "read", "topic", secured_topic)
    assert pipeline.produce().code == 0
    done = pipeline("ingest", "--json")
    assert (done.code, done.document()["stored"]) == (0, 60), done.err
    assert done.err.count("ingest.offsets_not_mirrored") == 1


def test_the_offsets_are_in_the_group_where_it_may_be_used(pipeline, brokers, secured_topic):
    """For lag monitors."""
    for right in ("write", "read"):
        brokers.allow(USER, right, "topic", secured_topic)
    brokers.allow(USER, "read", "group", "healthtrends")
    assert (pipeline.produce().code, pipeline("ingest").code) == (0, 0)
    assert sum(brokers.group_offsets("healthtrends", secured_topic).values()) == 60


def test_a_wrong_password_is_told_at_once(client, brokers):
    """In the words of this version."""
    client.login(brokers.addresses(SASL), scram(brokers) | {"sasl.password": "not-this-one"})
    done = client.produce()
    assert (done.code, f"refuses User:{USER}" in done.err) == (2, True), done.err


def test_an_expired_certificate_is_told_at_once(client, brokers):
    """With the cause that Python's `ssl` gives."""
    client.login(brokers.addresses(EXPIRED), scram(brokers))
    done = client.produce()
    assert (done.code, "certificate has expired" in done.err) == (2, True), done.err


def test_a_port_with_tls_is_told_at_once(client, brokers):
    """By a look at the port."""
    client.login(brokers.addresses(SASL), {})
    done = client.produce()
    assert (done.code, "speaks TLS and asks for a login" in done.err) == (2, True), done.err


def test_a_missing_right_is_named(client, brokers, secured_topic):
    """Before 2.8 an idempotent producer needed another one."""
    brokers.allow(USER, "describe", "topic", secured_topic)
    done = client.produce()
    said = f"error: User:{USER} has no right WRITE on topic {secured_topic}" in done.err
    assert (done.code, said) == (2, True), done.err
