"""N processes on one topic and one log; partitions and N may change while they work."""

import pytest

from tests.beside.place import Place, stop
from tests.faults.worlds import check


@pytest.mark.long
def test_three_shards_store_one_topic_in_one_log(place: Place):
    """At the same time; none waits for another, and none takes anything over."""
    place.send(range(900))
    for run in [place.world.start("ingest", "--shard", f"{number}/3") for number in (1, 2, 3)]:
        run.end()
        assert "superseded" not in run.err
    assert len(set(place.owners().values())) == 3
    check(place.world, sent=900, bad=0)


def test_added_partitions_are_read_by_the_living_shard_that_holds_them(place: Place):
    """Without a restart; each still has its own partitions, and nothing is lost or doubled."""
    followers = [place.follow("1/2"), place.follow("2/2")]
    place.wait_until_followed()
    place.send(range(300))
    place.add_partitions(5)
    place.send(range(300, 600), partitions=(3, 4))
    place.wait_until_stored(600)
    owners = place.owners()
    assert [run.has_ended() for run in followers] == [False, False]
    assert owners[0] == owners[2] == owners[4] != owners[1] == owners[3]
    stop(*followers)
    check(place.world, sent=600, bad=0)


@pytest.mark.long
@pytest.mark.parametrize("before", [1, 2, 3])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_another_number_of_shards_takes_over_from_living_ones(place: Place, before, after):
    """Old and new are alive at once while records arrive; the old end with 0, not asked by anyone."""
    old = [place.follow(f"{number}/{before}") for number in range(1, before + 1)]
    place.wait_until_followed()
    place.send(range(200))
    seq = place.state().seq
    new = [place.follow(f"{number}/{after}") for number in range(1, after + 1)]
    place.send(range(200, 400))
    place.wait_until_followed(after=seq)
    place.send(range(400, 600))
    place.wait_until_stored(600)
    for run in old:
        run.end()
    assert [run.has_ended() for run in new] == [False] * after
    stop(*new)
    check(place.world, sent=600, bad=0)
