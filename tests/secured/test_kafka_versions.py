"""Older brokers: the same day; with passwords, certificates and rights the same words."""

from collections.abc import Iterator
from functools import partial

import msgspec
import pytest

from tests.faults.sandbox import DAY, Sandbox, check, new_sandbox
from tests.secured.conftest import USER, running, scram
from tests.secured.kafka_servers import Brokers
from tests.secured.kafka_settings import EXPIRED, MTLS, OPEN, SASL
from tests.secured.logins import certificate
from tests.secured.old_kafka import SECURED, VERSIONS, old_brokers

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=SECURED)
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


@pytest.fixture(scope="module", params=VERSIONS)
def open_brokers(request) -> Iterator[Brokers]:
    """One broker of an older version that asks for nothing."""
    with running(partial(old_brokers, version=request.param, is_open=True)) as found:
        yield found


@pytest.fixture
def old_box(open_brokers, stack, tmp_path) -> Iterator[Sandbox]:
    """A command line with that broker and the session's HDFS."""
    servers = msgspec.structs.replace(stack, bootstrap_servers=open_brokers.addresses(OPEN), kafka_client={})
    sandbox = new_sandbox(servers, tmp_path)
    yield sandbox
    for run in sandbox.runs:
        run.kill()


def test_a_day_is_ingested_reported_and_proved(old_box):
    """From the topic to the report, whatever the broker's age."""
    old_box.environ["HEALTHTRENDS_KAFKA__ACCEPT_NO_TOPIC_ID"] = "true"  # what the next test is about
    old_box.send()
    old_box.start("run", DAY).end()
    report = old_box.start("report", DAY)
    report.end()
    assert "E11,200," in report.out
    old_box.start("verify").end()
    check(old_box)


@pytest.mark.parametrize("open_brokers", ["2.4.1", "2.7.2"], indirect=True)
def test_a_broker_that_gives_topics_no_id_has_to_be_accepted(old_box):
    """Before 2.8 a topic that is made again cannot be told from the old one."""
    old_box.send()
    run = old_box.start("run", DAY)
    run.end(2)
    assert "the broker gives topic" in run.err
    assert "kafka.accept_no_topic_id" in run.err
