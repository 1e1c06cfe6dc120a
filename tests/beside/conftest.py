"""A world on the session's servers, in which several commands work at once on one topic and one log."""

from collections.abc import Iterator

import pytest

from tests.beside.place import Place
from tests.faults.worlds import new_world


@pytest.fixture
def place(stack, tmp_path) -> Iterator[Place]:
    """Commits come fast; no command outlives the test."""
    world = new_world(stack, tmp_path)
    world.environ["HEALTHTRENDS_INGEST__COMMIT_INTERVAL"] = "0.5"
    world.environ["HEALTHTRENDS_INGEST__BATCH_RECORDS"] = "100000"
    place = Place(world)
    yield place
    for run in world.runs:
        run.kill()
    place.close()
