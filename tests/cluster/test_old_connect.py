"""The daily job by a Connect server of Spark 4.0, which is two versions older than the client."""

from collections.abc import Iterator

import pytest

from healthtrends.devstack.java import find_java
from tests.cluster.old_connect import OldConnect

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def old_connect(tmp_path) -> Iterator[OldConnect]:
    """A server of its own."""
    server = OldConnect(tmp_path, find_java())
    try:
        server.start()
        yield server
    finally:
        server.stop()


def test_an_older_connect_server_makes_the_same_bytes(sample, old_connect):
    """One flag moves the day there, and changes no byte of any report."""
    run, root = sample.start("--engine", "connect", "--master", old_connect.url)
    run.end()
    assert sample.reports(root) == sample.expected
