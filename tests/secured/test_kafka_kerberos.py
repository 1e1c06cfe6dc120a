"""Kerberos to Kafka, with the client that `docs/how-to/kafka_with_kerberos.sh` builds.

The locked wheel lacks Cyrus SASL, so these run where HEALTHTRENDS_TEST_GSSAPI_PYTHON names the Python of an
environment with such a build.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import REPOSITORY
from tests.secured.conftest import Client, running
from tests.secured.kafka_settings import KERBEROS
from tests.secured.kerberos_kafka import KerberosBrokers
from tests.secured.realm import PIPELINE, Realm

VARIABLE = "HEALTHTRENDS_TEST_GSSAPI_PYTHON"
BUILD = os.environ.get(VARIABLE)
TOPIC = "kerberos"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        BUILD is None, reason=f"no build of the Kafka client with GSSAPI asked for: {VARIABLE}"
    ),
]


@pytest.fixture(scope="module")
def realm() -> Iterator[Realm]:
    """A realm with a user and a broker."""
    found = Realm(Path(tempfile.mkdtemp(prefix="ht-")))
    try:
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(found.folder)


@pytest.fixture(scope="module")
def kerberos_kafka(realm) -> Iterator[KerberosBrokers]:
    """The broker, with an empty topic."""
    with running(lambda folder: KerberosBrokers(folder, realm)) as found:
        found.create_topic(TOPIC)
        yield found


@pytest.fixture
def user(realm, kerberos_kafka, stack, tmp_path) -> Client:
    """The pipeline's user with its keytab, on the client that was built."""
    client = Client(tmp_path)
    client.interpreter = str(BUILD)
    client.login(kerberos_kafka.addresses(KERBEROS), kerberos_kafka.keys())
    client.environ |= realm.environ(tmp_path) | {
        "PYTHONPATH": str(REPOSITORY),  # the program under test, whichever the environment has
        "HEALTHTRENDS_KAFKA__TOPIC": TOPIC,
        "HEALTHTRENDS_HDFS__URL": stack.hdfs_url,
        "HEALTHTRENDS_HDFS__ROOT": f"/t/{tmp_path.name}",
        "HEALTHTRENDS_PRIVACY__PSEUDONYMISE": "false",
        "HEALTHTRENDS_NOW": "2025-12-23T12:00:00+00:00",
    }
    return client


def test_a_keytab_lets_in(user, kerberos_kafka):
    """Records are sent and stored, with the rights of the principal."""
    for right in ("write", "read"):
        kerberos_kafka.allow(PIPELINE, right, "topic", TOPIC)
    assert user.produce().code == 0
    done = user("ingest", "--json")
    assert (done.code, done.document()["stored"]) == (0, 60), done.err


def test_who_has_no_ticket_is_told_so(user, realm):
    """At once, in the words of Kerberos and with what to look at."""
    user.environ |= realm.environ(user.folder, None)
    done = user("ingest")
    assert done.code == 2
    assert "why:  No Kerberos credentials available" in done.err
    assert "KRB5_CLIENT_KTNAME" in done.err
