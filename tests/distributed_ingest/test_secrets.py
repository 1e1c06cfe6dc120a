"""Neither the pseudonym key nor Kafka's password nor a patient is in what Spark writes down."""

import json

import pytest

from tests.distributed_ingest.sample import HERE
from tests.faults.sandbox import check

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
PASSWORD = 'hush-\\hush"-hush'  # noqa: S105  made up; the broker asks for none
WRITTEN = ("hush", "5a" * 8, "Z" * 16, "synthetic-1")
"""The password, the key in hexadecimal and as bytes, and how patients are called."""


def test_event_log_and_driver_log_hold_no_secret(sandbox):
    """With the event log on, which tells of plans and settings."""
    events = sandbox.folder / "events"
    events.mkdir()
    conf = json.loads(sandbox.environ["HEALTHTRENDS_SPARK__CONF"]) | {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": events.as_uri(),
        "spark.eventLog.compress": "false",
    }
    client = json.loads(sandbox.environ["HEALTHTRENDS_KAFKA__CLIENT"]) | {"ssl.key.password": PASSWORD}
    sandbox.send()
    sandbox.start(
        *HERE, "-v", HEALTHTRENDS_SPARK__CONF=json.dumps(conf), HEALTHTRENDS_KAFKA__CLIENT=json.dumps(client)
    ).end()
    logs = [*events.rglob("*"), *(sandbox.folder / "engines").rglob("spark.log")]
    written = b"".join(path.read_bytes() for path in logs if path.is_file())
    assert b"map_partitions" in written
    assert b"(redacted)" in written
    assert [secret for secret in WRITTEN if secret.encode() in written] == []
    assert sandbox.runs[-1].err
    assert [secret for secret in WRITTEN if secret in sandbox.runs[-1].err] == []
    check(sandbox)
