"""The root's space quota is used up in mid-ingest: nothing is lost, and the error says what to do."""

import pytest

from tests.faults.servers import dfsadmin
from tests.faults.worlds import check


@pytest.mark.long
def test_a_used_up_quota_ends_the_ingest_with_5_and_loses_nothing(world):
    """Once the quota is lifted, the next ingest finishes."""
    world.send()
    run = world.start_until("B3.create.before", "ingest", HEALTHTRENDS_RETRY__DEADLINE="1")
    assert run.wait_until_stopped(), run.err
    dfsadmin(world.servers, "-setSpaceQuota", "1", world.root)
    run.wake()
    run.end(5)
    assert "has no room" in run.err
    assert "quota of" in run.err
    dfsadmin(world.servers, "-clrSpaceQuota", world.root)
    check(world)
