"""How a batch is cut for executors, how a piece they were given is staged, and how they tell a fault."""

import json
import threading
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthtrends.adapters.executors.job import nothing_in
from healthtrends.adapters.kafka_access import Access
from healthtrends.analyze.ports import EngineBroken
from healthtrends.errors import (
    ConfigError,
    DependencyDown,
    HdfsUnavailable,
    KafkaUnavailable,
    StagingFailed,
)
from healthtrends.ingest.batch import Staged
from healthtrends.ingest.holes import Hole
from healthtrends.ingest.prefetched_topic import Chunk, PrefetchedTopic
from healthtrends.ingest.settings import ExecutorPool, IngestSettings
from healthtrends.ingest.spark_stager import SparkStager, split_task, stage_whole
from healthtrends.ingest.stager import LocalStager
from healthtrends.ingest.worker_protocol import Failed, Task
from healthtrends.observe import progress
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.layout import Layout
from healthtrends.testing import LocalStore

SETTINGS = IngestSettings(
    batch_records=1000, batch_bytes=10**9, commit_interval=60.0, future_days=1, pseudonymise=None, key_id=None
)
TOPIC = "records"
HERE = Access("b:9093", {"security.protocol": "SASL_SSL", "sasl.username": "pipeline"})
backlogs = st.dictionaries(
    st.integers(0, 20), st.tuples(st.integers(0, 10**9), st.integers(0, 10**4)), min_size=1, max_size=8
)


def task(starts: dict[int, int], ends: dict[int, int]) -> Task:
    return Task(epoch=1, nonce="n", clock_date="2025-12-23", starts=starts, ends=ends)


def record(number: int, day: int = 20) -> bytes:
    fields = {
        "patient_id": f"P-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11",
        "visit_date": f"2025-12-{day:02d}", "treatment_code": f"T{number}", "outcome": "ongoing",
    }  # fmt: skip
    return json.dumps(fields).encode()


def chunk(offsets: list[int], partition: int = 2) -> Chunk:
    return Chunk([partition] * len(offsets), offsets, [1] * len(offsets), [record(n) for n in offsets])


@pytest.fixture
def staged(tmp_path):
    """Stage chunks as the piece of offsets 10 to 19 of partition 2."""

    def stage(*chunks: Chunk, settings: IngestSettings = SETTINGS) -> Staged:
        piece = task({2: 10}, {2: 20})
        with progress("t", None, "m") as bar:
            topic = PrefetchedTopic("t", piece, iter(chunks))
            stager = LocalStager(topic, LocalStore(tmp_path), Layout("/r"), settings, bar)
            try:
                return stage_whole(stager, piece)
            finally:
                stager.close()

    return stage


@given(backlogs, st.integers(500, 10**5))
def test_pieces_are_of_one_partition_and_cover_each_offset_once(backlog, most):
    """No piece is larger than asked for."""
    starts = {p: start for p, (start, _) in backlog.items()}
    ends = {p: start + size for p, (start, size) in backlog.items()}
    found = [
        (p, start, piece.ends[p])
        for piece in split_task(task(starts, ends), ends, most)
        for p, start in piece.starts.items()
    ]
    for partition, start in starts.items():
        edges = [start, *(edge for p, *ends_ in sorted(found) if p == partition for edge in ends_)]
        edges.append(ends[partition])
        assert all(a == b for a, b in zip(edges[::2], edges[1::2], strict=True))
    assert all(0 < end - start <= most for _, start, end in found)


def test_offsets_that_nobody_gives_are_part_of_the_range(staged):
    """Markers and compacted messages, at the start, between and at the end, leave no hole in it."""
    facts = staged(chunk([12, 13]), chunk([16]))
    assert [file.ranges for file in facts.records] == [((2, 10, 20),)]
    assert facts.counts == Counts(messages_stored=3, lines=3)


def test_offsets_that_nobody_gives_are_told_as_holes(staged):
    """The writer, which can ask Kafka, has them explained before it commits."""
    facts = staged(chunk([12, 13]), chunk([16]))
    assert facts.holes == (Hole(2, 10, 12, 2), Hole(2, 14, 16, 2), Hole(2, 17, 20, 3))


def test_a_piece_without_a_message_is_a_hole_as_a_whole():
    """No task of Spark gives a row for it."""
    assert nothing_in(task({2: 10}, {2: 20})).holes == (Hole(2, 10, 20, 10),)


def test_where_a_limit_closes_a_batch_the_next_one_begins(staged):
    """The files of one piece come from ranges that meet."""
    facts = staged(chunk([10, 11, 13, 17, 19]), settings=replace(SETTINGS, batch_records=2))
    assert [file.ranges for file in facts.records] == [((2, 10, 12),), ((2, 12, 18),), ((2, 18, 20),)]


@pytest.mark.parametrize(
    "chunks",
    [
        (chunk([9, 10]),),
        (chunk([19, 20]),),
        (chunk([12, 11]),),
        (chunk([12, 13]), chunk([13, 14])),
        (chunk([12]), chunk([13], partition=1)),
    ],
    ids=["before", "behind", "out of order", "twice", "another partition"],
)
def test_what_does_not_belong_to_the_piece_is_refused(staged, chunks):
    """Rather than stored under a range that it is not of."""
    with pytest.raises(StagingFailed, match="not of partition 2"):
        staged(*chunks)


class Fake:
    """Executors that tell what they were given."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.given_up = False

    def start(self) -> None:
        """Nothing."""

    def stage(self, pieces):
        self.release.wait(30)
        return [Staged(counts=Counts(messages_stored=sum(p.ends.values()))) for p in pieces]

    def cancel(self) -> None:
        self.given_up = True
        self.release.set()


def test_a_batch_is_handed_over_without_waiting():
    """How far it goes is known at once, and the facts are those of all pieces."""
    fake = Fake()
    with progress("t", None, "m") as bar:
        stager = SparkStager(ExecutorPool(fake, 10), 40, bar)
        staging = stager.stage(task({0: 0}, {0: 100}), threading.Event(), lambda: None)
        assert (staging.nexts, staging.more) == ({0: 40}, True)
        fake.release.set()
        assert staging.written().counts.messages_stored == 10 + 20 + 30 + 40
        stager.close()
    assert not fake.given_up


def test_what_nobody_waits_for_is_given_up():
    """A writer that failed does not wait for the jobs under way."""
    fake = Fake()
    with progress("t", None, "m") as bar:
        stager = SparkStager(ExecutorPool(fake, 10), 40, bar)
        stager.stage(task({0: 0}, {0: 100}), threading.Event(), lambda: None)
        stager.close()
    assert fake.given_up


def test_a_stop_begins_no_batch():
    """What is under way is committed, nothing more is read."""
    stop = threading.Event()
    stop.set()
    with progress("t", None, "m") as bar:
        stager = SparkStager(ExecutorPool(Fake(), 10), 40, bar)
        staging = stager.stage(task({0: 5}, {0: 100}), stop, lambda: None)
        stager.close()
    assert (staging.nexts, staging.more, staging.written()) == ({0: 5}, False, Staged(nexts={0: 5}))


class TestFaults:
    """From the text of Spark's exception to one sentence."""

    def translate_error(self, text: str):
        from healthtrends.adapters.executors.error_translation import translate_error

        return translate_error(RuntimeError(text), HERE, TOPIC)

    def test_what_an_executor_said_counts(self):
        """With kind, reason and next step, whatever Spark wrote around it."""
        from healthtrends.adapters.executors.task import FAILED

        said = Failed.of(HdfsUnavailable("HDFS is silent", 'it said "no"', "look"), "x")
        line = FAILED + msgspec.json.encode(said).decode()
        text = f"Job aborted\n  File x\nRuntimeError: {line}\n SQLSTATE\n"
        error = self.translate_error(text)
        assert type(error) is HdfsUnavailable
        assert (error.what, error.why, error.next_step) == ("HDFS is silent", 'it said "no"', "look")

    def test_an_unexpected_error_tells_its_kind_only(self):
        """Its text may hold what a message holds."""
        error = Failed.of(ValueError("patient X"), "it could not").error()
        assert type(error) is StagingFailed
        assert (error.what, error.why) == ("it could not", "ValueError")

    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("ModuleNotFoundError: No module named 'healthtrends.ingest'", "no package healthtrends"),
            ("[PACKAGE_NOT_INSTALLED] PyArrow >= 18.0.0 must be installed; however", "PyArrow >= 18.0.0"),
            ("[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.9 than", "Python 3.9"),
            ('java.io.IOException: Cannot run program "/no/python": error=2', "no program /no/python"),
        ],
    )
    def test_what_executors_lack_is_named_with_the_way_to_ship_it(self, text, named):
        """A matter of configuration: trying again would not help."""
        error = self.translate_error(text)
        assert type(error) is ConfigError
        assert named in error.what
        assert "spark.archives" in error.next_step

    def test_a_missing_kafka_source_is_named(self):
        """A user whose jars are others learns which one to add."""
        error = self.translate_error(
            "[DATA_SOURCE_NOT_FOUND] Failed to find the data source: kafka. Make sure"
        )
        assert type(error) is ConfigError
        assert "spark-sql-kafka-0-10" in error.next_step

    def test_what_the_driver_alone_knows_is_passed_on(self):
        """A cluster without executors does not get some by waiting."""
        from healthtrends.adapters.executors.error_translation import translate_error

        known = DependencyDown("the cluster gave no executor")
        known.__cause__ = EngineBroken("the engine no longer answers")
        assert translate_error(known, HERE, TOPIC) is known

    def test_below_the_engines_sentence_stands_what_spark_said(self):
        """The engine does not know what is asked of its executors."""
        from healthtrends.adapters.executors.error_translation import translate_error

        general = EngineBroken("the engine gave no result")
        general.__cause__ = RuntimeError("ModuleNotFoundError: No module named 'msgspec'")
        assert type(translate_error(general, HERE, TOPIC)) is ConfigError

    def test_all_else_may_pass(self):
        """A lost executor is one more attempt."""
        assert type(self.translate_error("ExecutorLostFailure (executor 1 exited)")) is StagingFailed

    @pytest.mark.parametrize(
        ("said", "what", "next_step"),
        [
            ("SaslAuthenticationException: Authentication failed: Invalid username or password",
             "Kafka at b:9093 refuses User:pipeline", "sasl.username and sasl.password"),
            ("TopicAuthorizationException: Not authorized to access topics: [records]",
             "User:pipeline has no right READ on topic records", "--operation READ --topic records"),
            ("GroupAuthorizationException: Not authorized to access group: g-1",
             "User:pipeline has no right READ on group g-1", "--operation READ --group g-1"),
            ("SslAuthenticationException: SSL handshake failed\nCaused by: PKIX path building failed",
             "the certificate of Kafka at b:9093 is not accepted", "ssl.ca.location"),
            ("SslAuthenticationException: Received fatal alert: bad_certificate",
             "Kafka at b:9093 refuses a client without certificate", "ssl.certificate.location"),
        ],
    )  # fmt: skip
    def test_who_is_refused_by_kafka_reads_what_the_other_client_says(self, said, what, next_step):
        """Final, as long as the source was never let in."""
        error = self.translate_error(f"Job aborted\nCaused by: org.apache.kafka.common.errors.{said}\n\tat x")
        assert (type(error), error.what) == (ConfigError, what)
        assert next_step in error.next_step
        assert "at x" not in error.why

    def test_a_source_that_was_let_in_before_may_be_let_in_again(self):
        """As with every other client: such as while certificates are renewed."""
        from healthtrends.adapters.executors.error_translation import translate_error

        access = Access("b:9094", {**HERE.conf})
        access.accept()
        refused = RuntimeError("org.apache.kafka.common.errors.SaslAuthenticationException: no")
        assert type(translate_error(refused, access, TOPIC)) is KafkaUnavailable
