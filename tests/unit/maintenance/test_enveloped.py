"""A topic of change events: what is stored, skipped and kept, and that all of it can be made again."""

import json
from dataclasses import replace

import pyarrow as pa
import pytest

from healthtrends.adapters.executors.task import _chunk
from healthtrends.config.source import Source
from healthtrends.ingest.prefetched_topic import PrefetchedTopic
from healthtrends.ingest.worker_protocol import Task

KEY = b'{"id": 5}'


def change(op, before=None, after=None):
    """A change event."""
    return json.dumps(
        {"op": op, "before": before, "after": after, "source": {"ts_ms": 1_766_390_400_000}}
    ).encode()


@pytest.fixture
def changes(place):
    """A topic with a row that moved, a tombstone, and one whose age is wrong."""
    row = json.loads(place.record(1))
    moved = {**row, "visit_date": "2025-12-19"}
    place.settings = replace(place.settings, source=Source(envelope="debezium"))
    place.topic.send(0, change("c", after=row), key=KEY)
    place.topic.send(0, change("u", row, moved), key=KEY)
    place.topic.send(0, None, key=KEY)
    place.topic.send(0, change("c", after={**row, "age": 200}), key=b'{"id": 6}')
    place.ingest()
    return place


def test_tombstones_are_counted_as_skipped(changes):
    """They are neither stored nor rejected, and the log still accounts for them."""
    state = changes.state
    assert (state.messages_stored, state.messages_rejected, state.messages) == (2, 1, 4)
    assert (state.formats, changes.faults()) == ({"debezium+record"}, [])


def test_rejects_keep_the_key_for_a_replay(changes):
    """It is the id of the row: replayed, the record has it."""
    (kept,) = changes.quarantine()
    assert kept["key_base64"] == "eyJpZCI6IDZ9"
    done = changes.replay(lambda value, *_: value.replace(b": 200", b": 20"))
    assert (done.stored, done.lines, changes.faults()) == (1, 1, [])
    lines = [
        json.loads(line) for path in changes.files() for line in changes.pool.store.read(path).splitlines()
    ]
    assert {line["record_id"] for line in lines} == {"5", "6"}


def test_lost_files_are_made_again_with_the_envelope_of_their_time(changes):
    """From the messages with their keys, also after the setting changed."""
    before = changes.patients(), changes.quarantine()
    for path in (*changes.files(), *changes.state.rejects):
        changes.pool.store.delete(path)
        changes.restage(path, source=Source())
    assert ((changes.patients(), changes.quarantine()), changes.faults()) == (before, [])


def test_a_topic_without_an_envelope_keeps_no_keys(place):
    """Its rejects stay as they were."""
    place.topic.send(0, b"bad", key=KEY)
    place.ingest()
    assert "key_base64" not in place.quarantine()[0]


def test_executors_get_keys_and_headers_too():
    """As columns besides, where messages are in envelopes."""
    header = pa.struct([("key", pa.string()), ("value", pa.binary())])
    batch = pa.table(
        {
            "partition": [2, 2], "offset": [10, 11], "ms": [1, 1], "value": [b"a", None], "key": [KEY, None],
            "headers": pa.array([[{"key": "h", "value": b"x"}], None], pa.list_(header)),
        }
    ).to_batches()[0]  # fmt: skip
    piece = Task(epoch=1, nonce="n", clock_date="2025-12-23", starts={2: 10}, ends={2: 12})
    first, second = PrefetchedTopic("t", piece, iter([_chunk(batch)])).read(9, 0)
    assert (first.key(), list(first.headers())) == (KEY, [("h", b"x")])
    assert (second.value(), second.key(), list(second.headers())) == (None, None, [])
