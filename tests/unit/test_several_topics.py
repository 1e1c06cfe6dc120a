"""A root belongs to one topic; two topics have a root each, in one file system."""

import pytest

from healthtrends.errors import DataLossRefused
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore, MemoryTopic
from tests.unit.ingesting import ingested, record

NORTH, SOUTH = "1" * 22, "2" * 22


@pytest.fixture
def pool(tmp_path):
    found = StorePool(LocalStore(tmp_path))
    yield found
    found.close()


def filled(topic_id: str, messages: int) -> MemoryTopic:
    topic = MemoryTopic(topic_id=topic_id)
    for number in range(messages):
        topic.send(0, record(number))
    return topic


def test_two_topics_with_a_root_each_are_stored_apart(pool):
    """Neither log knows of the other."""
    logs = {root: CommitLog(pool, Layout(root), 200) for root in ("/north", "/south")}
    ingested(filled(NORTH, 3), logs["/north"])
    ingested(filled(SOUTH, 5), logs["/south"])
    assert {root: log.read_state().messages_stored for root, log in logs.items()} == {
        "/north": 3,
        "/south": 5,
    }


def test_a_root_takes_in_no_second_topic(pool):
    """The offsets of one would be taken for those of the other."""
    log = CommitLog(pool, Layout("/north"), 200)
    ingested(filled(NORTH, 3), log)
    with pytest.raises(DataLossRefused, match="belongs to another topic"):
        ingested(filled(SOUTH, 5), log)
    assert log.read_state().messages_stored == 3
