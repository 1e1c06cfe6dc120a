"""One real Kafka and one real HDFS for the whole test session; each test has its own topic and root."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from healthtrends.config import cache
from healthtrends.devstack.stack import LocalStack, StackAddresses
from healthtrends.observe import configure
from tests.temporary_files import use_memory

# How long an example takes tells of the machine, which others use too, and not of the code.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")
# `make unit`: a few new examples each time.
settings.register_profile("few", deadline=None, max_examples=20)
# `make test`: the same few, so that it tells of the change and of nothing else; `make test-all` finds more.
settings.register_profile("same", deadline=None, max_examples=40, derandomize=True)
use_memory()

SERVERS = {
    "stack",
    "one_own_stack",
    "standalone",
    "yarn",
    "brokers",
    "three_brokers",
    "two_namenodes",
    "short_tickets",
    "old_hdfs",
    "coded",
}
"""Fixtures that start servers, and the marker of a test that asks for one, however indirectly."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, so that `make unit` can leave it out."""
    for item in items:
        if isinstance(item, pytest.Function) and not SERVERS.isdisjoint(item.fixturenames):
            item.add_marker("server")
        if item.path.parent.name in ("simulator", "scale"):  # long runs of what other tests reach
            item.add_marker("no_cover")


@pytest.fixture(autouse=True)
def plain_log() -> None:
    """Begin each test with the log as it is by default: a command in this process may have changed it."""
    configure()


@pytest.fixture(scope="session")
def stack() -> Iterator[StackAddresses]:
    """Addresses of a stack of this session; a stack that does not start fails the tests, never skips them."""
    home = Path(tempfile.mkdtemp(prefix="ht-"))
    local = LocalStack(home, cache())
    try:
        yield local.up(print)
    finally:
        local.down(purge=True)
        shutil.rmtree(home)


@pytest.fixture
def topic(stack: StackAddresses) -> str:
    """Name of an empty topic of three partitions that no other test uses."""
    from confluent_kafka.admin import AdminClient
    from confluent_kafka.cimpl import NewTopic

    name = f"test-{uuid.uuid4().hex[:12]}"
    admin = AdminClient({"bootstrap.servers": stack.bootstrap_servers, **stack.kafka_client})
    admin.create_topics([NewTopic(name, 3, 1)])[name].result(30)
    return name


@pytest.fixture
def root(stack: StackAddresses) -> str:
    """An HDFS folder that no other test uses; it does not exist yet."""
    return f"/t/{uuid.uuid4().hex[:12]}"
