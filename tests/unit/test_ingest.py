"""Exactly once with a topic in memory and a store on disk: counts, files, takeovers, refusals."""

import base64
import hashlib
import json
import threading
from collections import Counter

import pytest

from healthtrends.adapters.failpoints import Failpoint, FailpointStore
from healthtrends.errors import ConfigError, DataLossRefused
from healthtrends.ingest.plan import Shard
from healthtrends.ingest.quarantine import RejectFilter
from healthtrends.ingest.replay import Replay, ReplaySummary
from healthtrends.observe import progress
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify
from healthtrends.testing import LocalStore, MemoryTopic
from tests.unit import ingesting
from tests.unit.ingesting import ingested, settings


@pytest.fixture
def log(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), 200)
    pool.close()


def record(number, **changes):
    """One of twenty dates."""
    return ingesting.record(number, **{"visit_date": f"2025-12-{1 + number % 20:02d}", **changes})


def test_every_record_file_tells_how_many_unknown_fields_its_batch_dropped(log):
    """Which message they were in is not kept, so each date of the batch has the same number."""
    topic = MemoryTopic()
    for number in range(3):
        topic.send(0, record(number, shoe_size=43, mood="good"))
    run(topic, log)
    files = [file for found in log.read_state().files.values() for file in found.values()]
    assert [file.unknown_fields for file in files] == [6, 6, 6]


def topic_of(count, partitions=3):
    topic = MemoryTopic()
    for number in range(count):
        topic.send(number % partitions, record(number))
    return topic


def run(topic, log, stop=None, **changes):
    return ingested(topic.reader(), log, stop, **changes)


def stored(log):
    """Count the patient ids of all lines in the data folders."""
    store, folder = log.store, log.layout.records
    lines = (
        line
        for date in store.list(folder)
        for file in store.list(f"{folder}/{date.name}")
        for line in store.read(f"{folder}/{date.name}/{file.name}").splitlines()
    )
    return Counter(json.loads(line)["patient_id"] for line in lines)


def reject_lines(log):
    return [
        json.loads(line) for path in log.read_state().rejects for line in log.store.read(path).splitlines()
    ]


def test_every_message_is_stored_once(log):
    """More than one batch, more than one partition, every record at its date."""
    run(topic_of(2500), log)
    assert stored(log) == Counter(f"P-{n}" for n in range(2500))


def test_a_second_ingest_without_news_commits_nothing(log):
    """Not even a fence."""
    topic = topic_of(10)
    run(topic, log)
    seq = log.read_state().seq
    run(topic, log)
    assert log.read_state().seq == seq


def test_what_arrives_later_is_added(log):
    """From the log's offsets, whatever the broker was told."""
    topic = topic_of(10)
    run(topic, log)
    topic.reported.clear()
    topic.send(1, record(77))
    run(topic, log)
    assert stored(log) == Counter([*(f"P-{n}" for n in range(10)), "P-77"])


def test_a_reject_keeps_position_reason_and_bytes(log):
    """So that it can be replayed."""
    topic = MemoryTopic()
    topic.send(2, b"\xff{", broker_ms=5)
    run(topic, log)
    assert reject_lines(log) == [
        {
            "topic": "patient-records", "partition": 2, "offset": 0, "timestamp": 5, "reason": "invalid_utf8",
            "field": None, "raw_base64": base64.b64encode(b"\xff{").decode(),
        }
    ]  # fmt: skip


def test_large_rejects_are_written_out_before_they_fill_the_memory(log):
    """Twenty messages of a megabyte pass through in pieces, and all are kept."""
    topic = MemoryTopic()
    for _ in range(20):
        topic.send(0, b"x" * 1_000_000)
    run(topic, log, reject_bytes=10**6)
    assert [len(line["raw_base64"]) for line in reject_lines(log)] == [1_333_336] * 20


def test_of_a_long_reject_the_beginning_the_length_and_the_digest_are_kept(log):
    """Its position and its reason stay too."""
    topic = MemoryTopic()
    topic.send(0, b"x" * 1001)
    run(topic, log, reject_bytes=1000)
    (line,) = reject_lines(log)
    assert (line["offset"], line["reason"], line["raw_bytes"]) == (0, "invalid_json", 1001)
    assert base64.b64decode(line["raw_base64"]) == b"x" * 1000
    assert line["raw_sha256"] == hashlib.sha256(b"x" * 1001).hexdigest()


@pytest.mark.parametrize("batch_records", [1000, 7])
def test_all_rejects_of_a_run_keep_so_many_bytes_at_most(log, batch_records):
    """Beyond, 256 bytes of each; over several commits too, which overlap."""
    topic = MemoryTopic()
    for _ in range(100):
        topic.send(0, b"x" * 10_000)
    run(topic, log, batch_records=batch_records, kept_reject_bytes=100_000)
    kept = [len(base64.b64decode(line["raw_base64"])) for line in reject_lines(log)]
    assert (len(kept), set(kept)) == (100, {10_000, 256})
    assert kept.count(10_000) <= 10 + 2 * 7


def test_a_replay_leaves_a_message_of_which_not_all_is_kept(log):
    """What is kept of it may pass by chance, and is not the message."""
    topic = MemoryTopic()
    good = record(1)
    topic.send(0, good + b" " * 1000 + b"x")
    run(topic, log, reject_bytes=len(good))
    summary = ReplaySummary()
    with progress("t", None, "m") as bar:
        Replay(log, settings(), None, RejectFilter()).run(summary, bar)
    assert (summary.looked_at, summary.cut, summary.stored, summary.still) == (1, 1, 0, {"invalid_json": 1})


class Noting(MemoryTopic):
    """Its own only reader, which takes down the bytes of each read."""

    def reader(self):
        self.sizes: list[int] = []
        return self

    def read(self, most, timeout):
        self.idle -= 1
        found = super().read(most, timeout) if self.idle < 0 else []
        self.sizes.append(sum(len(message.content) for message in found))
        return found


@pytest.mark.parametrize("idle", [0, 5])
def test_large_messages_are_read_a_few_at_a_time(log, idle):
    """At first too, when their size is not known, and after reads that gave nothing."""
    topic = Noting()
    for number in range(60):
        topic.send(0, record(number, note="x" * 900_000))
    topic.idle = idle
    run(topic, log)
    assert max(topic.sizes) <= 20 * 2**20
    assert stored(log).total() == 60


def test_a_tombstone_is_a_reject_without_bytes(log):
    """A null value is accounted for like everything else."""
    topic = MemoryTopic()
    topic.send(0, None)
    run(topic, log)
    assert [(line["reason"], line["raw_base64"]) for line in reject_lines(log)] == [("null_value", None)]


def test_a_moved_record_is_stored_under_both_dates(log):
    """Under the new date whole, under the old one as a cancellation."""
    topic = MemoryTopic()
    topic.send(0, record(1, record_id="r", visit_date="2025-12-20", previous_visit_date="2025-12-19"))
    run(topic, log)
    state = log.read_state()
    lines = [json.loads(log.store.read(path)) for date in sorted(state.files) for path in state.paths(date)]
    assert [(line["visit_date"], line.get("status")) for line in lines] == [
        ("2025-12-19", "cancelled"),
        ("2025-12-20", None),
    ]


def test_the_span_of_recorded_at_is_that_of_the_times_and_not_of_their_text(log):
    """`00Z` sorts behind `00.5Z` as text, but is earlier."""
    topic = MemoryTopic()
    for time in ("2025-12-20T08:00:00Z", "2025-12-20T08:00:00.5Z"):
        topic.send(0, record(1, visit_date="2025-12-20", recorded_at=time))
    run(topic, log)
    (file,) = log.read_state().files["2025-12-20"].values()
    assert (file.min_recorded_at, file.max_recorded_at) == ("2025-12-20T08:00:00Z", "2025-12-20T08:00:00.5Z")


def test_two_shards_share_the_partitions(log):
    """Each reads its own, the log has one sequence for both."""
    topic = topic_of(300, partitions=4)
    run(topic, log, shard=Shard(0, 2))
    half = stored(log).total()
    run(topic, log, shard=Shard(1, 2))
    assert (half, stored(log)) == (150, Counter(f"P-{n}" for n in range(300)))


def test_a_topic_made_again_is_refused(log):
    """Offsets of another topic mean nothing here."""
    run(topic_of(5), log)
    other = topic_of(9)
    other.topic_id = "f" * 32
    with pytest.raises(DataLossRefused, match="another topic"):
        run(other, log)


def test_offsets_lost_to_retention_are_refused(log):
    """Going on would be silence about a loss."""
    topic = topic_of(9)
    run(topic, log)
    topic.send(0, record(50))
    topic.send(0, record(51))
    topic.firsts[0] = 4
    with pytest.raises(DataLossRefused, match="no longer holds the offsets 3 to 3"):
        run(topic, log)


def test_an_accepted_loss_is_recorded_as_a_gap(log):
    """Which offsets are missing stays in the log."""
    topic = topic_of(9)
    run(topic, log)
    topic.send(0, record(50))
    topic.send(0, record(51))
    topic.firsts[0] = 4
    run(topic, log, on_data_loss="skip")
    newest = log.read_state().newest
    assert [(gap.partition, gap.first, gap.next) for gap in newest.gaps] == [(0, 3, 4)]


def test_a_topic_that_ends_before_the_next_offset_is_refused_even_with_skip(log):
    """Its offsets would be used a second time, for other messages."""
    run(topic_of(9), log)
    with pytest.raises(DataLossRefused, match="before the next offset"):
        run(topic_of(3), log, on_data_loss="skip")


def test_another_key_is_accepted_when_asked_for(log):
    """The log notes the new key from then on."""
    topic = topic_of(5)
    run(topic, log, key_id="a")
    topic.send(0, record(9))
    run(topic, log, key_id="b", new_key=True)
    assert (stored(log).total(), log.read_state().key_id) == (6, "b")


def test_a_follower_takes_the_date_anew_for_each_batch(log, monkeypatch):
    """A record of tomorrow's tomorrow is refused today and stored tomorrow, by the same process."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-20T23:59:00+00:00")
    topic, stop = MemoryTopic(), threading.Event()
    topic.send(0, record(1, visit_date="2025-12-22"))
    follower = threading.Thread(
        target=run, args=(topic, log, stop), kwargs={"mode": "follow", "commit_interval": 0.1}
    )
    follower.start()
    while not log.read_state().messages_rejected:
        stop.wait(0.02)
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-21T00:01:00+00:00")
    stop.wait(0.3)
    topic.send(0, record(2, visit_date="2025-12-22"))
    while not log.read_state().messages_stored:
        stop.wait(0.02)
    stop.set()
    follower.join()
    assert stored(log) == Counter(["P-2"])


def test_a_partition_whose_start_was_pruned_before_the_first_ingest_is_no_loss(log):
    """Nothing was promised before the first fence."""
    topic = topic_of(9)
    topic.firsts[0] = 2
    run(topic, log)
    assert stored(log).total() == 7


def test_another_key_is_refused(log):
    """Pseudonyms of two keys cannot be joined."""
    topic = topic_of(5)
    run(topic, log, key_id="a")
    topic.send(0, record(9))
    with pytest.raises(ConfigError, match="pseudonym key"):
        run(topic, log, key_id="b")


def test_a_follower_commits_what_it_holds_when_stopped(log):
    """SIGTERM sets the event; nothing read is left behind."""
    stop = threading.Event()
    topic = topic_of(100)
    threading.Timer(0.5, stop.set).start()
    run(topic, log, stop, mode="follow")
    assert stored(log).total() == 100


def test_a_stopped_follower_says_that_it_follows_no_more(log):
    """Else a `run` would wait for it."""
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    run(topic_of(10), log, stop, mode="follow")
    state = log.read_state()
    assert {log.read_manifest(position.owner).mode for position in state.parts.values()} == {"once"}


def test_a_later_writer_takes_over_and_the_earlier_stops_without_loss(log):
    """The earlier one says so, with exit code 0, and doubles nothing."""
    topic, stop = topic_of(100), threading.Event()
    summaries = []
    first = threading.Thread(
        target=lambda: summaries.append(run(topic, log, stop, mode="follow", commit_interval=0.2))
    )
    first.start()
    while log.read_state().messages_stored < 100:
        stop.wait(0.02)
    for number in range(100, 160):
        topic.send(number % 3, record(number))
    other = CommitLog(log.pool, log.layout, 200)
    run(topic, other)
    topic.send(0, record(999))
    first.join(10)
    stop.set()
    run(topic, other)
    assert stored(log) == Counter([*(f"P-{n}" for n in range(160)), "P-999"])


def test_a_partition_that_another_took_past_the_planned_end_is_not_moved_back(log):
    """Between plan and fence; an offset without a message elsewhere makes the sums right all the same."""

    class Growing(MemoryTopic):
        def cleanup_policy(self):
            if len(self.partitions[1]) == 1:  # this client has planned, and has no fence yet
                self.send(1, record(2))
                run(topic, CommitLog(log.pool, log.layout, 200), shard=Shard(1, 2))
            return ("delete",)

    topic = topic_of(2, partitions=2)
    topic.skip(0, aborted=True)
    client = Growing(topic.partitions)
    ingested(client, log)
    assert {p: at.next for p, at in log.read_state().parts.items()} == {0: 2, 1: 2}
    run(topic, log)
    assert stored(log) == Counter(f"P-{n}" for n in range(3))


def test_verify_finds_nothing_after_an_ingest(log):
    """The proof holds for what was just written."""
    topic = topic_of(500)
    topic.send(0, b"bad")
    run(topic, log)
    assert [finding for finding in verify(log, None) if not finding["ok"]] == []


@pytest.mark.parametrize("harm", ["cut", "flip", "delete", "stray"])
def test_verify_finds_harm(log, harm):
    """A cut, changed, missing or strange file is named."""
    run(topic_of(50), log)
    path = log.read_state().paths("2025-12-05")[0]
    content = log.store.read(path)
    if harm == "stray":
        path = path.replace("part-", "part-x")
    else:
        log.store.delete(path)
    if harm != "delete":
        log.pool.write(path, content[:-1] if harm == "cut" else content.replace(b"E11", b"E12"))
    failed = [finding["detail"] for finding in verify(log, None) if not finding["ok"]]
    assert any(path in detail for detail in failed)


def test_a_failed_clean_up_is_no_failed_commit(tmp_path):
    """What is committed is counted, once, though the staging folder cannot be deleted afterwards."""
    store = FailpointStore(LocalStore(tmp_path), Failpoint("B7.delete.before:raise"))
    pool = StorePool(store)
    summary = run(topic_of(30), CommitLog(pool, Layout("/r"), 200))
    pool.close()
    assert (summary.stored, summary.commits) == (30, 1)
