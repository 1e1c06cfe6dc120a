"""Two NameNodes, three JournalNodes, two DataNodes; some die, hang or change places: nothing is lost.

Each test stops one ingest at each step of a commit, strikes, and lets them go on.
"""

from collections.abc import Iterator

import pytest

from healthtrends.devstack.hdfs import write_settings
from tests.faults.catalogue import STEPS_OF_HDFS as STEPS
from tests.faults.hdfs_cluster import HdfsCluster, running
from tests.faults.sandbox import DAY, Sandbox, check, check_report, stopped_at_each

pytestmark = pytest.mark.timeout(900)

SHORT = {"HEALTHTRENDS_RETRY__DEADLINE": "3"}
REPEAT = ("run", "--reprocess", "all", "--no-ingest")


@pytest.fixture(scope="module")
def two_namenodes() -> Iterator[HdfsCluster]:
    """Two copies of each block; three journals, of which two must have what the active NameNode did."""
    with running() as cluster:
        yield cluster


@pytest.fixture
def cluster(two_namenodes) -> HdfsCluster:
    """All of its servers run when the test begins."""
    two_namenodes.restore()
    return two_namenodes


@pytest.fixture
def new_box(cluster, stack, make_sandbox):
    """Make sandboxes with the session's Kafka, and with the HDFS that is struck."""

    def make() -> Sandbox:
        box = make_sandbox(stack)
        box.environ.update(cluster.environ)
        return box

    return make


@pytest.fixture
def boxes(new_box) -> list[Sandbox]:
    """One for each step."""
    return [new_box() for _ in STEPS]


def end_well(runs, boxes):
    """All have ridden it out, and everything is there once."""
    for run in runs:
        run.end()
    for box in boxes:
        check(box)


def go_on(runs):
    for run in runs:
        run.wake()


def orderly(cluster):
    """Let the active NameNode hand over."""
    cluster.fail_over()


def killed(cluster):
    """Let the active NameNode die, and the other take over."""
    cluster.kill(cluster.promoted)
    cluster.fail_over()


def test_a_namenode_killed_after_a_commit_costs_time_only(cluster, new_box):
    """The sample of `make test`: the reply of the commit has come, its files are not in place."""
    box = new_box()
    (run,) = stopped_at_each(["B4.rename.after@2"], [box])
    killed(cluster)
    go_on([run])
    end_well([run], [box])


@pytest.mark.long
def test_the_name_service_may_come_from_hadoop_conf_dir(cluster, new_box, tmp_path):
    """Then `[hdfs.client]` is empty; the engine finds it too."""
    write_settings(tmp_path / "core-site.xml", {"fs.defaultFS": cluster.url})
    write_settings(tmp_path / "hdfs-site.xml", cluster.client)
    box = new_box()
    box.send()
    box.start("run", DAY, HADOOP_CONF_DIR=str(tmp_path), HEALTHTRENDS_HDFS__CLIENT="{}").end()
    check(box)
    check_report(box)


@pytest.mark.long
def test_spark_makes_a_day_of_a_name_service(new_box):
    """Its driver is told the NameNodes by `[hdfs.client]`."""
    box = new_box()
    box.send()
    box.start("run", DAY, "--engine", "spark", "--master", "local[2]").end()
    check(box)
    check_report(box)


@pytest.mark.long
@pytest.mark.parametrize("fault", [orderly, killed])
def test_an_ingest_goes_on_with_the_other_namenode(fault, cluster, boxes):
    """It ends with 0."""
    runs = stopped_at_each(STEPS, boxes)
    fault(cluster)
    go_on(runs)
    end_well(runs, boxes)


@pytest.mark.long
def test_an_ingest_waits_until_the_other_namenode_takes_over(cluster, boxes):
    """It meets a name service without an active NameNode first, and ends with 0."""
    runs = stopped_at_each(STEPS, boxes)
    go_on(runs)
    killed(cluster)
    end_well(runs, boxes)


@pytest.mark.long
def test_an_ingest_turns_from_a_namenode_that_hangs_to_the_one_that_takes_over(cluster, boxes):
    """The one that hung takes itself for active when it wakes up; it can write no more, misleads nobody."""
    runs = stopped_at_each(STEPS, boxes)
    with cluster.hanging(cluster.promoted):
        go_on(runs)
        cluster.fail_over()
        for run in runs:
            run.end()
    end_well(runs, boxes)


@pytest.mark.long
@pytest.mark.parametrize("server", ["jn1", "dn1"])
def test_one_journalnode_or_datanode_less_costs_nothing(server, cluster, boxes):
    """Two journals are enough; one copy of a block is enough to go on."""
    runs = stopped_at_each(STEPS, boxes)
    cluster.kill(server)
    go_on(runs)
    end_well(runs, boxes)


@pytest.mark.long
def test_a_datanode_that_hangs_costs_time_only(cluster, boxes):
    """Until the NameNodes know it for dead, they send writers to it."""
    runs = stopped_at_each(STEPS, boxes)
    with cluster.hanging("dn1"):
        go_on(runs)
        end_well(runs, boxes)


@pytest.mark.long
def test_without_two_of_three_journalnodes_an_ingest_ends_with_5(cluster, boxes):
    """The NameNodes end themselves, as no write would last; once all are back, the next ingest finishes."""
    runs = stopped_at_each(STEPS, boxes, **SHORT)
    cluster.kill("jn1")
    cluster.kill("jn2")
    go_on(runs)
    assert 5 in [run.end(0, 5) for run in runs]
    cluster.restore()
    for box in boxes:
        check(box)


@pytest.mark.long
@pytest.mark.parametrize("hangs", [False, True], ids=["dead", "hanging"])
def test_every_command_reads_the_other_copy(hangs, cluster, new_box):
    """Of a block of which one DataNode does not answer; the engine does, too."""
    box = new_box()
    box.send()
    box.start("run", DAY).end()
    with cluster.hanging("dn1") if hangs else cluster.without("dn1"):
        for command in (("verify",), ("report", DAY), ("rejects", "list"), (*REPEAT, DAY)):
            box.start(*command).end()
    check_report(box)
