"""Checks that the topic continues what the log holds: the same topic, and no partition truncated.

A topic may be deleted and made again under its name, and a partition may be cut off and grow again past the
offset that the log has next: a lost disk, an unclean leader election, a copy brought back. In both cases the
offsets fit, and the messages do not follow. So a writer asks

    before it reads   which topic this is, which leader each partition has, and whether the message of each
                      that was read last is still there
    before a commit   after the last read: the same topic id, and the same leaders? A partition that had no
                      other leader in between was not cut off in between.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from healthtrends import clock
from healthtrends.errors import ConfigError, DataLossRefused, KafkaUnavailable
from healthtrends.ingest.ports import Message, Topic
from healthtrends.storage.manifest import Last, Position
from healthtrends.storage.state import State
from healthtrends.storage.topic_identity import NO_TOPIC_ID, Identity

# A broker that has just started may not know all topics yet (only with ZooKeeper).
_GONE_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.2
_ANOTHER_ROOT = (
    "use another hdfs.root for what the topic holds now, and send again from the source what it lost: "
    "`healthtrends produce --once` leaves out what it has"
)


def identify_topic(topic: Topic, state: State, *, accept_no_id: bool) -> Identity:
    """Ask which topic this is now.

    Raises DataLossRefused unless it is the one of the log; ConfigError when there is none and never was, and
    unless `accept_no_id` when the broker gives topics no id.
    """
    if state.identity is not None:
        check_identity(topic, state.identity)
    return _checked(topic, state.identity or topic.identity(), accept_no_id=accept_no_id)


def new_identity(topic: Topic, *, accept_no_id: bool) -> Identity:
    """Ask which topic this is, whatever the log holds. Raises ConfigError as `identify_topic`."""
    return _checked(topic, _find_identity(topic), accept_no_id=accept_no_id)


def _checked(topic: Topic, found: Identity | None, *, accept_no_id: bool) -> Identity:
    if found is None:
        raise ConfigError(
            f"there is no topic {topic.name!r}",
            "nothing was ever sent to it, or the name is wrong",
            "check kafka.topic and kafka.bootstrap_servers, or make it: `healthtrends produce` does",
        )
    if found.topic_id == NO_TOPIC_ID and not accept_no_id:
        raise ConfigError(
            f"the broker gives topic {topic.name!r} no id",
            "so does Kafka before 2.8: a topic that is deleted and made again cannot be told from this one, "
            "and its messages can be lost without a word",
            "upgrade Kafka, or set kafka.accept_no_topic_id = true and never make the topic again",
        )
    return found


def check_identity(topic: Topic, known: Identity) -> None:
    """Raise DataLossRefused unless the topic is still the known one."""
    found = _find_identity(topic)
    if found is None:
        raise DataLossRefused(
            f"topic {topic.name!r} is gone",
            f"the log under the root holds offsets of it, under topic id {known.topic_id}",
            "bring the topic back with its data, or use another hdfs.root for a new one",
        )
    if found != known:
        raise DataLossRefused(
            f"the log under the root belongs to another topic than {topic.name!r}",
            f"it holds offsets of topic id {known.topic_id}, the broker has {found.topic_id}: "
            "a topic that was deleted and made again, or another cluster",
            "use another hdfs.root for the new topic, or the old broker; `healthtrends topic adopt` goes on "
            "with the new one under this root",
        )


@dataclass(frozen=True, slots=True)
class Continuity:
    """Checks that must pass from the first read of an attempt to each of its commits."""

    topic: Topic
    identity: Identity
    leader_epochs: Mapping[int, int | None]

    def check_stored(self, parts: Mapping[int, Position]) -> Collection[int]:
        """Raise DataLossRefused when the topic holds another message where the log's last ones were.

        Nothing can be said of a message that retention or compaction took; gives the other partitions.
        """
        lasts = {p: parts[p].last for p in self.leader_epochs if p in parts}
        asked = {p: last.offset for p, last in lasts.items() if last is not None}
        held = self.topic.messages_at(asked) if asked else {}
        taken = self._taken({p: offset for p, offset in asked.items() if p not in held})
        for partition, last in sorted(lasts.items()):
            if last is None or partition in taken or _is_same_message(last, held.get(partition)):
                continue
            raise DataLossRefused(
                f"partition {partition} holds another message at offset {last.offset} than was stored",
                "it was cut off and grew again: a lost disk, an unclean leader election or a copy "
                f"brought back; what it lost and got below offset {parts[partition].next} was not stored",
                _ANOTHER_ROOT,
            )
        return held.keys()

    def _taken(self, missing: Mapping[int, int]) -> Collection[int]:
        """Those of the partitions whose message at this offset may be gone for a good reason."""
        if not missing:
            return ()
        policy = self.topic.cleanup_policy()
        if policy is None or "compact" in policy:
            return missing
        bounds = self.topic.bounds()
        return [p for p, offset in missing.items() if p not in bounds or offset < bounds[p].first]

    def check(self, partitions: Collection[int]) -> None:
        """Raise unless what was read of these partitions until now may be committed.

        DataLossRefused: it is another topic; KafkaUnavailable: a partition has another leader, so look again.
        """
        check_identity(self.topic, self.identity)
        now = self.topic.leader_epochs(partitions)
        changed = sorted(p for p in partitions if now[p] != self.leader_epochs[p])
        if changed:
            raise KafkaUnavailable(
                f"partition {', '.join(map(str, changed))} changed its leader while it was read",
                "messages may have been lost in between, so what was read is looked at again",
            )


def _find_identity(topic: Topic) -> Identity | None:
    """Ask which topic this is; None only when none was found for some time."""
    deadline = clock.Deadline(_GONE_SECONDS)
    while (found := topic.identity()) is None and not deadline.passed():
        clock.sleep(_LOOK_AGAIN_SECONDS)
    return found


def _is_same_message(last: Last, message: Message | None) -> bool:
    if message is None:
        return False
    epochs = {last.leader_epoch, message.leader_epoch()} - {None}
    return last.timestamp == message.timestamp()[1] and len(epochs) <= 1
