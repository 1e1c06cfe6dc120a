"""What `verify --against-topic` finds: the log and the topic, compared message by message."""

import msgspec
import pytest

from healthtrends.ingest.topic_check import check_topic
from healthtrends.observe import progress
from healthtrends.storage import manifest as manifests
from healthtrends.testing import MemoryMessage
from tests.unit.maintenance.conftest import Place


@pytest.fixture
def stored(place: Place) -> Place:
    """Three partitions with messages, rejects and holes, all of it stored in two commits."""
    for partition in range(3):
        place.send(*(place.record(n) for n in range(5)), b"wrong", partition=partition)
        place.topic.skip(partition, 3, aborted=True)
        place.topic.skip(partition)
    place.ingest()
    place.send(place.record(9), partition=1)
    place.ingest()
    return place


def compared(place: Place) -> list[tuple[bool, str]]:
    with progress("t", None, "m") as bar:
        return [(each["ok"], each["detail"]) for each in check_topic(place.topic.reader(), place.log, bar)]


def change(place: Place, seq: int, **changes) -> None:
    """Rewrite a manifest."""
    path = place.log.layout.commit(seq)
    found = manifests.decode(place.pool.store.read(path), path)
    place.pool.store.delete(path)
    place.pool.write(path, manifests.encode(msgspec.structs.replace(found, **changes)))


def test_a_topic_whose_messages_are_all_in_files_is_well(stored):
    """Rejects, aborted messages and markers too."""
    assert compared(stored) == [(True, "files hold what Kafka still holds: 19 messages")]


def test_messages_that_the_log_has_not_reached_are_not_looked_at(stored):
    """They are to come."""
    stored.send(stored.record(10))
    assert [ok for ok, _ in compared(stored)] == [True]


def test_what_retention_has_deleted_is_not_looked_at(stored):
    """The rest is."""
    stored.topic.firsts[0] = 4
    assert compared(stored) == [(True, "files hold what Kafka still holds: 15 messages")]


def test_messages_that_were_recorded_as_none_are_named(stored):
    """With partition and first offset."""
    for offset in (6, 7):
        stored.topic.partitions[1][offset] = MemoryMessage(1, offset, b"{}", 0)
    details = [detail for ok, detail in compared(stored) if not ok]
    assert "2 messages of partition 1 are recorded as no messages, the first at offset 6" in details
    assert "commit 2 counts 18 messages, its offsets hold 20 in Kafka" in details


def test_a_message_in_no_file_is_named(stored):
    """As when a commit moved over it without a word."""
    newest = stored.state.seq
    change(stored, newest, add=(), counts=manifests.Counts())
    details = [detail for ok, detail in compared(stored) if not ok]
    assert "1 message of partition 1 is in no file, the first at offset 10" in details


def test_a_topic_that_was_cut_off_is_named(stored):
    """It ends before the log's next offset."""
    del stored.topic.partitions[2][7:]
    assert (False, "partition 2 ends at 7, the log is at 10") in compared(stored)


def test_another_topic_of_the_same_name_is_named(stored):
    """Its messages are others."""
    stored.topic.topic_id = "another"
    assert [ok for ok, _ in compared(stored)] == [False]
