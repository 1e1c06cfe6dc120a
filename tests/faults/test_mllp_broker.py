"""The broker hangs or dies behind the MLLP door: AE meanwhile, AA once it is back; the door runs on."""

import json
import uuid
from contextlib import contextmanager

import pytest

from healthtrends.adapters.kafka_admin import ensure_topic
from healthtrends.adapters.kafka_scan import held_values
from tests.faults.sandbox import wait_until
from tests.faults.servers import hanging, kill
from tests.mllp.door import Sender, message
from tests.mllp.process import door_process

pytestmark = pytest.mark.long


@pytest.fixture
def door(own_stack, tmp_path):
    """A door with little patience, and a function that gives what its topic holds."""
    addresses, topic = own_stack.up(print), f"test-{uuid.uuid4().hex[:12]}"
    ensure_topic(addresses.bootstrap_servers, topic, 3, 1, addresses.kafka_client)
    environ = {
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": addresses.bootstrap_servers,
        "HEALTHTRENDS_KAFKA__CLIENT": json.dumps(addresses.kafka_client),
        "HEALTHTRENDS_KAFKA__TOPIC": topic,
        "HEALTHTRENDS_HDFS__URL": addresses.hdfs_url,
        "HEALTHTRENDS_HOME": str(tmp_path / "home"),
        "HEALTHTRENDS_MLLP__TIMEOUT": "2",
        "PATH": "/usr/bin:/bin",
    }

    def held() -> set[bytes]:
        return set(held_values(addresses.bootstrap_servers, topic, (0, 1, 2), addresses.kafka_client))

    with door_process(environ, tmp_path) as process:
        yield process, held


@contextmanager
def dead(stack, name):
    """Let one server, while in here, be gone."""
    kill(stack, name)
    try:
        yield
    finally:
        stack.up(print)


@pytest.mark.parametrize("trouble", [hanging, dead], ids=["hangs", "dies"])
def test_a_broker_that_is_away_means_ae_and_later_aa(trouble, door, own_stack):
    """On the same connection; one line of the log says it, and nothing acknowledged is missing."""
    process, held = door
    with Sender(process.address, timeout=30) as sender:
        assert sender.ask(message("1")) == ("AA", "1")
        with trouble(own_stack, "kafka"):
            assert sender.ask(message("2")) == ("AE", "2")
            assert sender.ask(message("3")) == ("AE", "3")
        wait_until(lambda: sender.ask(message("2")) == ("AA", "2"))
        assert sender.ask(message("4")) == ("AA", "4")
    assert {message("1"), message("2"), message("4")} <= held()
    assert process.err.count('"event": "mllp.broker_failed"') == 1
    assert process.terminate()[0] == 0
