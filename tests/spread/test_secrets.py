"""Neither the pseudonym key nor Kafka's password nor a patient is in what Spark writes down."""

import json

import pytest

from tests.faults.worlds import check
from tests.spread.sample import HERE

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
PASSWORD = 'hush-\\hush"-hush'  # noqa: S105  made up; the broker asks for none
WRITTEN = ("hush", "5a" * 8, "Z" * 16, "synthetic-1")
"""The password, the key in hexadecimal and as bytes, and how patients are called."""


def test_event_log_and_driver_log_hold_no_secret(world):
    """With the event log on, which tells of plans and settings."""
    events = world.folder / "events"
    events.mkdir()
    conf = json.loads(world.environ["HEALTHTRENDS_SPARK__CONF"]) | {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": events.as_uri(),
        "spark.eventLog.compress": "false",
    }
    client = {"sasl.mechanisms": "PLAIN", "sasl.username": "somebody", "sasl.password": PASSWORD}
    world.send()
    world.start(
        *HERE, "-v", HEALTHTRENDS_SPARK__CONF=json.dumps(conf), HEALTHTRENDS_KAFKA__CLIENT=json.dumps(client)
    ).end()
    logs = [*events.rglob("*"), *(world.folder / "engines").rglob("spark.log")]
    written = b"".join(path.read_bytes() for path in logs if path.is_file())
    assert b"map_partitions" in written
    assert b"(redacted)" in written
    assert [secret for secret in WRITTEN if secret.encode() in written] == []
    assert world.runs[-1].err
    assert [secret for secret in WRITTEN if secret in world.runs[-1].err] == []
    check(world)
