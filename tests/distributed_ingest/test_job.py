"""One job of executors, asked for directly: which messages a piece is, and which are lost."""

import getpass

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from healthtrends import __version__
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.spark import SparkEngine
from healthtrends.adapters.executors.job import SparkExecutors
from healthtrends.adapters.executors.kafka_options import spark_source
from healthtrends.adapters.executors.task import TaskSettings
from healthtrends.adapters.executors.task_settings import staging_conf
from healthtrends.config import cache
from healthtrends.config.servers import Hdfs
from healthtrends.config.source import Source
from healthtrends.devstack.kafka_source_jars import kafka_source
from healthtrends.errors import TransientError
from healthtrends.ingest.worker_protocol import Task

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def executors(sandbox, java_home, tmp_path):
    """Of this machine, for the topic of the sandbox."""
    options = EngineOptions(
        name="spark", master="local[2]", java_home=java_home, work=tmp_path / "work",
        spark_conf=staging_conf({}, kafka_source(cache())),
    )  # fmt: skip
    engine = SparkEngine(options)
    task_settings = TaskSettings(
        program_version=__version__, user=getpass.getuser(), topic=sandbox.topic,
        hdfs=Hdfs(url=sandbox.servers.hdfs_url, root=sandbox.root), batch_records=1000,
        batch_bytes=10**9, batch_dates=100, reject_bytes=1000, future_days=1, max_message_bytes=2**20,
        source=Source(), key=None,
    )  # fmt: skip
    try:
        yield SparkExecutors(
            engine,
            spark_source(sandbox.servers.bootstrap_servers, sandbox.servers.kafka_client),
            task_settings,
        )
    finally:
        engine.close()


def piece(start: int, end: int, partition: int = 0) -> Task:
    starts, ends = {partition: start}, {partition: end}
    return Task(epoch=1, nonce="0" * 16, clock_date="2025-12-23", starts=starts, ends=ends)


def test_what_retention_took_meanwhile_fails_the_job(sandbox, executors):
    """Another attempt plans anew and says what is lost; what is still there is read as ever."""
    sandbox.send()
    admin = AdminClient(
        {"bootstrap.servers": sandbox.servers.bootstrap_servers, **sandbox.servers.kafka_client}
    )
    lost = TopicPartition(sandbox.topic, 0, 50)
    admin.delete_records([lost])[lost].result(30)
    with pytest.raises(TransientError):
        executors.stage([piece(0, 100)])
    with pytest.raises(TransientError):
        executors.stage([piece(0, 10)])
    (facts,) = executors.stage([piece(50, 100)])
    assert facts.counts.messages_stored + facts.counts.messages_rejected == 50


def test_pieces_of_one_partition_stay_apart(sandbox, executors):
    """Spark may put what has one partition into one task; then each would not know where it ends."""
    sandbox.send()
    found = executors.stage([piece(0, 50), piece(50, 100), piece(100, 120)])
    ranges = {each for facts in found for file in facts.records for each in file.ranges}
    assert ranges == {(0, 0, 50), (0, 50, 100), (0, 100, 120)}


def test_a_topic_that_was_adopted_is_read_under_the_numbers_of_the_log(sandbox, executors):
    """Spark asks for Kafka's numbers; files, rejects and the next offsets have those of the log."""
    sandbox.send()
    found = executors.stage([piece(0, 20, 1_000_000), piece(0, 20, 1_000_002), piece(20, 40, 1_000_000)])
    written = [file for facts in found for file in (*facts.records, *facts.rejects)]
    ranges = {each for file in written for each in file.ranges}
    assert ranges == {(1_000_000, 0, 20), (1_000_000, 20, 40), (1_000_002, 0, 20)}
    assert {p for facts in found for p in facts.nexts} == {1_000_000, 1_000_002}
    assert sum(facts.counts.messages for facts in found) == 60
