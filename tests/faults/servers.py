"""What can be done to the servers of a stack of one's own."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from healthtrends.config import cache
from healthtrends.devstack import artifacts
from healthtrends.devstack.java import find_java
from healthtrends.devstack.stack import LocalStack, StackAddresses
from tests.faults.hadoop_tools import DFSADMIN, run_hadoop

SERVERS = ("kafka", "namenode", "datanode")
_FULL = "dfs.datanode.du.reserved=1152921504606846976"  # more than any disk has


def kill(stack: LocalStack, name: str) -> None:
    """End one server as a power cut would; it is gone on return."""
    found = _process(stack, name)
    found.kill()
    found.wait(30)  # a process that is still dying would pass for one that runs


@contextmanager
def hanging(stack: LocalStack, name: str) -> Iterator[None]:
    """Let one server, while in here, do nothing at all, its connections open."""
    found = _process(stack, name)
    found.suspend()
    try:
        yield
    finally:
        found.resume()


@contextmanager
def safe_mode(stack: LocalStack) -> Iterator[None]:
    """Let the NameNode, while in here, refuse all writes."""
    addresses = stack.up(print)
    dfsadmin(addresses, "-safemode", "enter")
    try:
        yield
    finally:
        dfsadmin(addresses, "-safemode", "leave")


@contextmanager
def full_disk(stack: LocalStack) -> Iterator[None]:
    """Let the DataNode, while in here, find no room on its disk."""
    java, hdfs = find_java(), stack.servers().hdfs
    hdfs.datanode.stop()
    path = artifacts.class_path(stack.cache, artifacts.load_lock()["hdfs"])
    hdfs.datanode.start(java, [*hdfs.datanode_arguments(path), "-D", _FULL])
    try:
        yield
    finally:
        hdfs.datanode.stop()
        stack.up(print)


def dfsadmin(servers: StackAddresses, *arguments: str) -> None:
    """Run Hadoop's own tool for administrators."""
    jars = artifacts.class_path(cache(), artifacts.load_lock()["hdfs"])
    run_hadoop(servers.hadoop_conf, jars, DFSADMIN, *arguments)


def _process(stack: LocalStack, name: str) -> psutil.Process:
    found = {each.name: each for each in stack.servers().all}[name].process()
    assert found is not None
    return found
