"""Older HDFS, whose jars have a lock of their own: the same day, the same report. Other tests run on 3.5."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from healthtrends.devstack.artifacts import Lock
from tests.faults.hdfs_cluster import HdfsCluster, running
from tests.faults.sandbox import DAY, Sandbox, check, new_sandbox

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

VERSIONS = msgspec.json.decode(Path(__file__).with_name("hadoop_versions.lock.json").read_bytes(), type=Lock)


@pytest.fixture(scope="module", params=VERSIONS)
def old_hdfs(request) -> Iterator[HdfsCluster]:
    """One NameNode and one DataNode of an older version."""
    with running(namenodes=1, datanodes=1, jars={"hdfs": VERSIONS[request.param]}) as cluster:
        yield cluster


@pytest.fixture
def old_box(old_hdfs, stack, tmp_path) -> Iterator[Sandbox]:
    """A command line with the session's Kafka."""
    sandbox = new_sandbox(stack, tmp_path)
    sandbox.environ.update(old_hdfs.environ)
    yield sandbox
    for run in sandbox.runs:
        run.kill()


def test_a_day_is_ingested_reported_and_proved(old_box):
    """From the topic to the report by the embedded engine."""
    old_box.send()
    old_box.start("run", DAY).end()
    report = old_box.start("report", DAY)
    report.end()
    assert "E11,200," in report.out
    old_box.start("verify").end()
    check(old_box)
