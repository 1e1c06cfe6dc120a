"""Clusters of this session, started by the first test that asks for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from healthtrends.devstack.java import find_java, spark_java_home
from tests.cluster.sample import Sample, make_sample
from tests.cluster.standalone import Standalone
from tests.cluster.yarn import Yarn


@pytest.fixture(scope="session")
def java_home(tmp_path_factory) -> Path:
    """A Java home that Spark's daemons start on."""
    return spark_java_home(find_java(), tmp_path_factory.mktemp("java"))


@pytest.fixture(scope="session")
def sample(stack, tmp_path_factory) -> Iterator[Sample]:
    """Records and the reports that every cluster must make of them."""
    made = make_sample(stack, tmp_path_factory.mktemp("sample"))
    yield made
    for run in made.sandbox.runs:
        run.kill()


@pytest.fixture(scope="module")
def standalone(java_home, tmp_path_factory) -> Iterator[Standalone]:
    """A master and two workers."""
    cluster = Standalone(tmp_path_factory.mktemp("standalone"), java_home)
    try:
        cluster.start(workers=2)
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def yarn(stack, java_home, tmp_path_factory) -> Iterator[Yarn]:
    """A ResourceManager and a NodeManager."""
    cluster = Yarn(tmp_path_factory.mktemp("yarn"), stack.hdfs_url, java_home)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
