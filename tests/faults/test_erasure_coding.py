"""Files in pieces over several DataNodes, one of which dies: what is read all the same, and what is not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hdfs_native import Client

from tests.faults.hadoop_tools import ECADMIN
from tests.faults.hdfs_cluster import HdfsCluster, running
from tests.faults.sandbox import DAY, Sandbox, check, check_report

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

SHORT = {"HEALTHTRENDS_RETRY__DEADLINE": "3"}
REPEAT = ("run", "--reprocess", "all", "--no-ingest", DAY)
Made = tuple[HdfsCluster, Sandbox]


@pytest.fixture
def coded(stack, make_sandbox) -> Iterator[Callable[[str, int], Made]]:
    """Make a cluster of some DataNodes, and a sandbox under a policy with a day stored and reported."""
    with ExitStack() as clusters:

        def make(policy: str, datanodes: int) -> Made:
            cluster = clusters.enter_context(running(namenodes=1, datanodes=datanodes))
            box = make_sandbox(stack)
            box.environ.update(cluster.environ)
            Client(cluster.url).mkdirs(box.root, 0o755, True)
            cluster.admin(ECADMIN, "-enablePolicy", "-policy", policy)
            cluster.admin(ECADMIN, "-setPolicy", "-path", box.root, "-policy", policy)
            box.send()
            box.start("run", DAY).end()
            return cluster, box

        yield make


def test_under_reed_solomon_a_dead_datanode_is_made_up_for(coded):
    """Every command reads, the engine too, and an ingest writes."""
    cluster, box = coded("RS-3-2-1024k", 5)
    cluster.kill("dn1")
    for command in (("verify",), ("report", DAY), REPEAT):
        box.start(*command).end()
    check_report(box)
    box.send(records=50, bad=0, first=400)
    check(box, sent=450)


def test_under_xor_a_dead_datanode_is_not_made_up_for(coded):
    """The client cannot: exit 5, and the message says which policies it can."""
    cluster, box = coded("XOR-2-1-1024k", 3)
    cluster.kill("dn1")
    run = box.start("verify", **SHORT)
    run.end(5)
    assert "only RS is rebuilt" in run.err
