"""A sandbox whose backlog executors of Spark stage, in many small pieces."""

import json
from collections.abc import Iterator

import pytest

from tests.cluster.conftest import java_home, standalone
from tests.cluster.standalone import QUICK
from tests.distributed_ingest.sample import PATIENCE, PIECE
from tests.faults.sandbox import Sandbox, new_sandbox

__all__ = ["java_home", "standalone"]


@pytest.fixture
def sandbox(stack, tmp_path) -> Iterator[Sandbox]:
    """No command outlives the test."""
    sandbox = new_sandbox(stack, tmp_path)
    conf = {"spark.driver.extraJavaOptions": QUICK, "spark.executor.extraJavaOptions": QUICK}
    sandbox.environ["HEALTHTRENDS_INGEST__WORKER_RECORDS"] = str(PIECE)
    sandbox.environ["HEALTHTRENDS_SPARK__CONF"] = json.dumps(conf)
    sandbox.environ["HEALTHTRENDS_RETRY__DEADLINE"] = PATIENCE
    yield sandbox
    for run in sandbox.runs:
        run.kill()
