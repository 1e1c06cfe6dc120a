"""A sandbox on the session's servers, in which several commands work at once on one topic and one log."""

from collections.abc import Iterator

import pytest

from tests.concurrency.shared_log import SharedLog
from tests.faults.sandbox import new_sandbox


@pytest.fixture
def shared(stack, tmp_path) -> Iterator[SharedLog]:
    """Commits come fast; no command outlives the test."""
    sandbox = new_sandbox(stack, tmp_path)
    sandbox.environ["HEALTHTRENDS_INGEST__COMMIT_INTERVAL"] = "0.5"
    sandbox.environ["HEALTHTRENDS_INGEST__BATCH_RECORDS"] = "100000"
    shared = SharedLog(sandbox)
    yield shared
    for run in sandbox.runs:
        run.kill()
    shared.close()
