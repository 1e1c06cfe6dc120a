"""The root's space quota is used up in mid-ingest: nothing is lost, and the error says what to do."""

import pytest

from tests.faults.sandbox import check
from tests.faults.servers import dfsadmin


@pytest.mark.long
def test_a_used_up_quota_ends_the_ingest_with_5_and_loses_nothing(sandbox):
    """Once the quota is lifted, the next ingest finishes."""
    sandbox.send()
    run = sandbox.start_until("B3.create.before", "ingest", HEALTHTRENDS_RETRY__DEADLINE="1")
    assert run.wait_until_stopped(), run.err
    dfsadmin(sandbox.servers, "-setSpaceQuota", "1", sandbox.root)
    run.wake()
    run.end(5)
    assert "has no room" in run.err
    assert "quota of" in run.err
    dfsadmin(sandbox.servers, "-clrSpaceQuota", sandbox.root)
    check(sandbox)
