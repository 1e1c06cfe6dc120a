"""N processes on one topic and one log; partitions and N may change while they work."""

import pytest

from tests.concurrency.shared_log import SharedLog, stop
from tests.faults.sandbox import check


@pytest.mark.long
def test_three_shards_store_one_topic_in_one_log(shared: SharedLog):
    """At the same time; none waits for another, and none takes anything over."""
    shared.send(range(900))
    for run in [shared.sandbox.start("ingest", "--shard", f"{number}/3") for number in (1, 2, 3)]:
        run.end()
        assert "superseded" not in run.err
    assert len(set(shared.owners().values())) == 3
    check(shared.sandbox, sent=900, bad=0)


def test_added_partitions_are_read_by_the_living_shard_that_holds_them(shared: SharedLog):
    """Without a restart; each still has its own partitions, and nothing is lost or doubled."""
    followers = [shared.follow("1/2"), shared.follow("2/2")]
    shared.wait_until_followed()
    shared.send(range(300))
    shared.add_partitions(5)
    shared.send(range(300, 600), partitions=(3, 4))
    shared.wait_until_stored(600)
    owners = shared.owners()
    assert [run.has_ended() for run in followers] == [False, False]
    assert owners[0] == owners[2] == owners[4] != owners[1] == owners[3]
    stop(*followers)
    check(shared.sandbox, sent=600, bad=0)


@pytest.mark.long
@pytest.mark.parametrize("before", [1, 2, 3])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_another_number_of_shards_takes_over_from_living_ones(shared: SharedLog, before, after):
    """Old and new are alive at once while records arrive; the old end with 0, not asked by anyone."""
    old = [shared.follow(f"{number}/{before}") for number in range(1, before + 1)]
    shared.wait_until_followed()
    shared.send(range(200))
    seq = shared.state().seq
    new = [shared.follow(f"{number}/{after}") for number in range(1, after + 1)]
    shared.send(range(200, 400))
    shared.wait_until_followed(after=seq)
    shared.send(range(400, 600))
    shared.wait_until_stored(600)
    for run in old:
        run.end()
    assert [run.has_ended() for run in new] == [False] * after
    stop(*new)
    check(shared.sandbox, sent=600, bad=0)
