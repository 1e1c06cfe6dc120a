"""A world whose backlog executors of Spark stage, in many small pieces."""

import json
from collections.abc import Iterator

import pytest

from tests.cluster.conftest import java_home, standalone
from tests.cluster.standalone import QUICK
from tests.faults.worlds import World, new_world
from tests.spread.sample import PATIENCE, PIECE

__all__ = ["java_home", "standalone"]


@pytest.fixture
def world(stack, tmp_path) -> Iterator[World]:
    """No command outlives the test."""
    world = new_world(stack, tmp_path)
    conf = {"spark.driver.extraJavaOptions": QUICK, "spark.executor.extraJavaOptions": QUICK}
    world.environ["HEALTHTRENDS_INGEST__WORKER_RECORDS"] = str(PIECE)
    world.environ["HEALTHTRENDS_SPARK__CONF"] = json.dumps(conf)
    world.environ["HEALTHTRENDS_RETRY__DEADLINE"] = PATIENCE
    yield world
    for run in world.runs:
        run.kill()
