"""A sandbox with a topic that holds records and rejects, for what monitors see of commands."""

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from tests.faults.sandbox import Sandbox, new_sandbox

RECORDS, BAD = 60, 3
RETENTION_SECONDS = 3 * 86_400


@pytest.fixture
def filled(stack, tmp_path) -> Iterator[Sandbox]:
    """Commits come fast; no command outlives the test."""
    sandbox = new_sandbox(stack, tmp_path)
    sandbox.environ["HEALTHTRENDS_INGEST__COMMIT_INTERVAL"] = "0.5"
    keep_for(sandbox, RETENTION_SECONDS)
    sandbox.send(RECORDS, BAD)
    yield sandbox
    for run in sandbox.runs:
        run.kill()


def keep_for(sandbox: Sandbox, seconds: int) -> None:
    """Let the topic's messages be deleted when they are older."""
    servers = {"bootstrap.servers": sandbox.servers.bootstrap_servers, **sandbox.servers.kafka_client}
    limit = ConfigEntry("retention.ms", str(seconds * 1000), incremental_operation=AlterConfigOpType.SET)
    topic = ConfigResource(ConfigResource.Type.TOPIC, sandbox.topic, incremental_configs=[limit])
    admin = AdminClient(servers)
    admin.incremental_alter_configs([topic])[topic].result(30)
