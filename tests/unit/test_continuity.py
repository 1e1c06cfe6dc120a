"""A topic that was made again, or cut off and grown again, is refused; with a topic in memory."""

import json

import pytest

from healthtrends.errors import ConfigError, DataLossRefused, KafkaUnavailable
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Last
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.topic_identity import NO_TOPIC_ID
from healthtrends.testing import LocalStore, MemoryMessage, MemoryTopic
from tests.unit.ingesting import ingested, record

ANOTHER_ID = "00000000000000000000000000000002"
SENT = 40


class Disturbed(MemoryTopic):
    """Something happens to it right after it has given its last message."""

    def read(self, most, timeout):
        found = super().read(most, timeout)
        if found and sum(self.positions().values()) == SENT:
            self.disturb()
        return found

    def disturb(self):
        """What happens."""


class MadeAgain(Disturbed):
    def disturb(self):
        self.topic_id = ANOTHER_ID


class Gone(Disturbed):
    def disturb(self):
        self.topic_id = None


class LedByAnother(Disturbed):
    def disturb(self):
        self.epochs[0] = 1


@pytest.fixture
def log(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), 200)
    pool.close()


def filled(topic):
    for number in range(SENT):
        topic.send(number % 2, record(number), broker_ms=1_766_400_000_000 + number)
    return topic


def cut_off(topic, partition, at, total, *, epoch=0, later=5):
    """Let the messages of a partition from `at` on be others, until there are `total`."""
    messages = topic.partitions[partition]
    del messages[at:]
    messages += [
        MemoryMessage(
            partition, offset, record(1000 + offset), 1_766_400_000_000 + later + offset, epoch=epoch
        )
        for offset in range(at, total)
    ]


@pytest.mark.parametrize(("kind", "words"), [(MadeAgain, "another topic"), (Gone, "is gone")])
def test_what_was_read_of_a_topic_that_is_another_at_the_commit_is_not_stored(log, kind, words):
    """Nobody knows which of the messages are of the one and which of the other."""
    with pytest.raises(DataLossRefused, match=words):
        ingested(filled(kind()), log)
    assert log.read_state().messages_stored == 0


def test_what_was_read_while_a_partition_changed_its_leader_is_read_again(log):
    """The first attempt may have read from both; the next one finds the new leader from its start."""
    topic = filled(LedByAnother())
    with pytest.raises(KafkaUnavailable, match="partition 0 changed its leader"):
        ingested(topic, log)
    assert log.read_state().messages_stored == 0
    ingested(topic, log)
    assert log.read_state().messages_stored == SENT


def test_a_commit_keeps_the_last_message_of_each_partition(log):
    """By its offset, time and leader it is known again."""
    ingested(filled(MemoryTopic(epochs={1: 7})), log)
    assert {p: found.last for p, found in log.read_state().parts.items()} == {
        0: Last(19, 1_766_400_000_038, 0),
        1: Last(19, 1_766_400_000_039, 7),
    }


def test_a_partition_without_news_keeps_its_last_message_through_later_commits(log):
    """Fences and commits of other partitions carry it on."""
    topic = filled(MemoryTopic())
    ingested(topic, log)
    topic.send(0, record(77))
    ingested(topic, log)
    assert log.read_state().parts[1].last == Last(19, 1_766_400_000_039, 0)


@pytest.mark.parametrize("changes", [{"epoch": 1, "later": 0}, {"epoch": 0, "later": 5}])
def test_a_partition_that_was_cut_off_and_grew_again_is_refused(log, changes):
    """Another leader wrote what is there now, or it was written at another time."""
    topic = filled(MemoryTopic())
    ingested(topic, log)
    cut_off(topic, 1, 15, 60, **changes)
    with pytest.raises(DataLossRefused, match="partition 1 holds another message at offset 19"):
        ingested(topic, log)
    assert log.read_state().messages_stored == SENT


@pytest.mark.parametrize(("policy", "is_stored"), [(("delete",), False), (("compact",), True), (None, True)])
def test_a_last_message_that_is_missing_is_refused_unless_compaction_may_have_taken_it(
    log, policy, is_stored
):
    """Where nobody may know the policy, nothing can be said."""
    topic = filled(MemoryTopic(policy=policy))
    ingested(topic, log, accept_compacted=True)
    gone = topic.partitions[1][19]
    topic.partitions[1][19] = MemoryMessage(1, 19, gone.content, gone.broker_ms, "nothing")
    topic.send(1, record(77))
    if is_stored:
        ingested(topic, log, accept_compacted=True)
    else:
        with pytest.raises(DataLossRefused, match="partition 1 holds another message at offset 19"):
            ingested(topic, log)
    assert log.read_state().messages_stored == SENT + is_stored


def test_a_partition_whose_last_message_is_past_its_retention_goes_on(log):
    """Nothing is missing."""
    topic = filled(MemoryTopic())
    ingested(topic, log)
    topic.firsts[1] = 20
    topic.send(1, record(77))
    ingested(topic, log)
    assert log.read_state().messages_stored == SENT + 1


def test_a_log_without_last_messages_is_carried_on(log):
    """One that an older program wrote; the next commit adds them."""
    topic = filled(MemoryTopic())
    ingested(topic, log)
    path = log.layout.commit(log.read_state().seq)
    manifest = json.loads(log.store.read(path))
    for position in manifest["parts"].values():
        del position["last"]
    log.store.delete(path)
    with log.store.create(path) as writer:
        writer.write(json.dumps(manifest).encode())
    topic.send(1, record(77))
    ingested(topic, log)
    assert log.read_state().parts[1].last.offset == 20


def test_a_topic_with_fewer_partitions_than_the_log_is_refused(log):
    """Where a broker gives no ids, nothing else tells."""
    topic = filled(MemoryTopic())
    ingested(topic, log)
    del topic.partitions[1]
    with pytest.raises(DataLossRefused, match="no partition 1 any more"):
        ingested(topic, log)


def test_a_topic_that_is_gone_is_data_loss_once_something_of_it_was_stored(log):
    """And no wrong name."""
    topic = filled(MemoryTopic())
    ingested(topic, log)
    topic.topic_id = None
    with pytest.raises(DataLossRefused, match="'patient-records' is gone"):
        ingested(topic, log)


def test_a_topic_that_never_was_is_a_matter_of_configuration(log):
    """Its name may be wrong."""
    with pytest.raises(ConfigError, match="there is no topic"):
        ingested(MemoryTopic(topic_id=None), log)


def test_a_broker_that_gives_topics_no_id_is_refused(log):
    """Kafka before 2.8."""
    with pytest.raises(ConfigError, match="gives topic 'patient-records' no id"):
        ingested(filled(MemoryTopic(topic_id=NO_TOPIC_ID)), log)
    assert log.read_state().seq == 0


def test_a_broker_that_gives_topics_no_id_may_be_accepted(log):
    """By a setting."""
    ingested(filled(MemoryTopic(topic_id=NO_TOPIC_ID)), log, accept_no_topic_id=True)
    assert log.read_state().messages_stored == SENT


def test_a_topic_that_is_made_again_without_an_id_is_known_by_its_messages(log):
    """As long as those of the old one are not past their retention."""
    topic = filled(MemoryTopic(topic_id=NO_TOPIC_ID))
    ingested(topic, log, accept_no_topic_id=True)
    cut_off(topic, 0, 0, 60)
    with pytest.raises(DataLossRefused, match="partition 0 holds another message"):
        ingested(topic, log, accept_no_topic_id=True)
