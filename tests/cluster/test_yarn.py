"""The whole daily job on YARN, on real Kafka and HDFS."""

import pytest

from tests.cluster.yarn import Yarn

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_yarn_makes_the_same_bytes(sample, yarn):
    """Executors in YARN's containers, and no byte of any report differs."""
    run, root = sample.start("--engine", "spark", "--master", "yarn", HADOOP_CONF_DIR=str(yarn.conf))
    run.end()
    assert sample.reports(root) == sample.expected


def test_a_yarn_without_nodes_ends_the_run(sample, stack, java_home, tmp_path):
    """The application would stay accepted for ever; the run ends with 5 inside its deadline."""
    empty = Yarn(tmp_path, stack.hdfs_url, java_home)
    try:
        empty.start(nodes=0)
        run, _ = sample.start(
            "--engine", "spark", "--master", "yarn",
            HADOOP_CONF_DIR=str(empty.conf), HEALTHTRENDS_RETRY__DEADLINE="10",
        )  # fmt: skip
        run.end(5)
    finally:
        empty.stop()
    assert "no executor for 10 s" in run.err
