"""The whole daily job on a Spark standalone cluster, on real Kafka and HDFS."""

import socket

import pytest

from healthtrends.devstack.free_ports import LOOPBACK, free_ports
from tests.cluster.standalone import Standalone, Worker
from tests.cluster.web import told
from tests.faults.sandbox import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_a_cluster_makes_the_same_bytes(sample, standalone):
    """One flag moves the day to the workers, and changes no byte of any report."""
    run, root = sample.start("--engine", "spark", "--master", standalone.url, spark=standalone.access)
    run.end()
    assert sample.reports(root) == sample.expected


def test_a_worker_that_dies_in_mid_job_changes_no_byte(sample, standalone):
    """Its tasks, its part of what was kept and its shuffle files are made again by the other worker."""
    port = free_ports(1)[0]
    seen = {"spark.ui.enabled": "true", "spark.ui.port": str(port)} | standalone.access
    run, root = sample.start("--engine", "spark", "--master", standalone.url, spark=seen)
    doomed = standalone.workers[0]
    wait_until(lambda: run.has_ended() or works(doomed, port))
    assert not run.has_ended(), run.err
    doomed.kill()
    run.end()
    assert sample.reports(root) == sample.expected


def test_the_loss_of_all_workers_ends_the_run(sample, java_home, tmp_path):
    """Spark would wait for others for ever; the run ends with 5 inside its deadline, and so does the next."""
    cluster = Standalone(tmp_path, java_home)
    try:
        cluster.start(workers=1)
        port = free_ports(1)[0]
        seen = {"spark.ui.enabled": "true", "spark.ui.port": str(port)} | cluster.access
        master = ["--engine", "spark", "--master", cluster.url]
        run, _ = sample.start(*master, spark=seen, HEALTHTRENDS_RETRY__DEADLINE="60")
        wait_until(lambda: run.has_ended() or works(cluster.workers[0], port))
        cluster.workers[0].kill()
        run.end(5)
        empty, _ = sample.start(*master, spark=cluster.access, HEALTHTRENDS_RETRY__DEADLINE="5")
        empty.end(5)
    finally:
        cluster.stop()
    assert ["no executor for 60 s" in run.err, "no executor for 5 s" in empty.err] == [True, True], run.err
    assert ["Traceback" in each.err for each in (run, empty)] == [False, False], run.err


def test_a_master_that_says_nothing_ends_the_run(sample):
    """Something that only takes connections, as a master of another version does; inside the deadline."""
    with socket.create_server((LOOPBACK, 0)) as silent:
        url = f"spark://{LOOPBACK}:{silent.getsockname()[1]}"
        run, _ = sample.start("--engine", "spark", "--master", url, HEALTHTRENDS_RETRY__DEADLINE="4")
        run.end(5)
    assert ("did not answer for 4 s" in run.err, "Traceback" in run.err) == (True, False), run.err


def works(worker: Worker, port: int) -> bool:
    """Whether its executor has done a task and does another, by what the driver tells on `port`."""
    application = told(port, "/api/v1/applications")
    executors = told(port, f"/api/v1/applications/{application[0]['id']}/executors") if application else None
    numbers = worker.executor_numbers()
    return any(
        each["id"] in numbers and each["completedTasks"] and each["activeTasks"] for each in executors or []
    )
