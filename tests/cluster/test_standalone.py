"""The whole daily job on a Spark standalone cluster, on real Kafka and HDFS."""

import pytest

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_a_cluster_makes_the_same_bytes(sample, standalone):
    """One flag moves the day to the workers, and changes no byte of any report."""
    run, root = sample.start("--engine", "spark", "--master", standalone.url)
    run.end()
    assert sample.reports(root) == sample.expected
