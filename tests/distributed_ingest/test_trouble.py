"""Whatever dies while executors stage: each message is there once, and what was left over is nobody's."""

import json
import os
import signal
from contextlib import suppress

import psutil
import pytest

from healthtrends.adapters.failpoints import VARIABLE
from tests.cluster.standalone import Standalone
from tests.distributed_ingest.sample import HERE
from tests.faults.sandbox import RECORDS, Run, Sandbox, check, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
OTHER_LOOPBACK = "127.0.0.2"
"""Spark starts a second attempt on another host only."""
FILES_WITH_REJECTS = 4
"""Three dates and the rejects: what only the piece with the broken message has to close."""
SPECULATION = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.minTaskRuntime": "100ms",
    "spark.speculation.quantile": "0.1",
}
TRIED_THREE_TIMES = ("ingest", "--engine", "spark", "--master", "local[2,3]")


def staged(sandbox: Sandbox) -> list[str]:
    """Files in staging; below the folder of their epoch."""
    store, folder = sandbox.store(), f"{sandbox.root}/_ht/staging"
    batches = [
        f"{epoch.name}/{each.name}"
        for epoch in store.list(folder)
        for each in store.list(f"{folder}/{epoch.name}")
    ]
    return [f"{batch}/{file.name}" for batch in batches for file in store.list(f"{folder}/{batch}")]


@pytest.mark.parametrize(
    "failpoint", ["B3.create.after:kill", "B3.close.before:raise", "B3.close.after:kill"]
)
def test_the_first_attempt_of_every_task_fails(sandbox, failpoint):
    """Its files are orphans, gone with the batch's folder; those of the second attempt are the data."""
    sandbox.send()
    sandbox.start(*TRIED_THREE_TIMES, **{VARIABLE: failpoint}).end()
    assert sandbox.committed() == RECORDS + 3
    assert staged(sandbox) == []
    check(sandbox)


def test_where_no_task_is_tried_again_the_ingest_is(sandbox):
    """A Spark that gives up at the first failure costs an attempt of the whole step."""
    sandbox.send()
    run = sandbox.start(*HERE, **{VARIABLE: "B3.close.before:raise"}, HEALTHTRENDS_RETRY__DEADLINE="1")
    run.end(5)
    assert "failpoint B3.close.before" in run.err
    check(sandbox)


def test_a_killed_driver_leaves_orphans_only(sandbox):
    """After kill -9 in mid-job its Java ends too, nothing is committed, and the next ingest stores all."""
    sandbox.send()
    run = sandbox.start(*HERE, **{VARIABLE: "B3.close.before:pause"})
    assert run.wait_until_stopped(), run.err
    family = psutil.Process(run.pid).children(recursive=True)
    os.kill(run.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs([each for each in family if each.name() == "java"], 60)
    assert alive == []
    assert sandbox.committed() == 0
    assert staged(sandbox) != []
    for each in family:
        if each.is_running():
            each.kill()
    check(sandbox)
    assert staged(sandbox) == []


def test_a_killed_java_costs_an_attempt(sandbox):
    """The driver's Java dies in mid-job: the same command starts another one, and ends with 0."""
    sandbox.send()
    run = sandbox.start(*HERE, **{VARIABLE: "B3.close.before:pause"})
    assert run.wait_until_stopped(), run.err
    family = psutil.Process(run.pid).children(recursive=True)
    next(each for each in family if each.name() == "java").kill()
    wait_until(lambda: woken(run))
    run.end()
    assert "step.attempt_failed" in run.err
    check(sandbox)


def test_a_plain_ingest_takes_over_from_executors(sandbox):
    """They stage, another commits: the spread one stops with 0 and says so."""
    sandbox.send()
    run = sandbox.start(*HERE, **{VARIABLE: "B3.close.before:pause"})
    assert run.wait_until_stopped(), run.err
    sandbox.start("ingest").end()
    wait_until(lambda: woken(run))
    run.end()
    assert "ingest.superseded" in run.err
    check(sandbox)


def test_executors_and_a_plain_ingest_race(sandbox):
    """Both begin at once, and more arrives meanwhile: whoever is fenced off stops with 0."""
    sandbox.send(RECORDS // 2, bad=0)
    spread, plain = sandbox.start(*HERE), sandbox.start("ingest")
    sandbox.send(RECORDS // 2, first=RECORDS // 2)
    spread.end()
    plain.end()
    check(sandbox, HERE)


def test_an_executor_is_killed(sandbox, standalone: Standalone):
    """One of two executors gets kill -9 while it writes; the other takes its pieces, in the same command."""
    conf = json.loads(sandbox.environ["HEALTHTRENDS_SPARK__CONF"]) | standalone.access
    sandbox.send()
    run = sandbox.start(
        *("ingest", "--engine", "spark", "--master", standalone.url),
        **{VARIABLE: "B3.close.before:pause"},
        HEALTHTRENDS_SPARK__CONF=json.dumps(conf),
    )
    wait_until(lambda: any(stopped(each) for each in executors(standalone)))
    doomed = next(each for each in executors(standalone) if stopped(each))
    for each in [doomed, *doomed.children(recursive=True)]:
        each.kill()
    wait_until(lambda: wake(executors(standalone)) and run.has_ended())
    run.end()
    check(sandbox)


def test_a_task_that_two_executors_stage_counts_once(sandbox, java_home, tmp_path):
    """Speculation: a task that hangs gets a second attempt on the other host, whose files are the data."""
    cluster = Standalone(tmp_path, java_home)
    conf = json.loads(sandbox.environ["HEALTHTRENDS_SPARK__CONF"]) | SPECULATION | cluster.access
    sandbox.send(0, bad=1)
    sandbox.send(bad=0)
    try:
        cluster.start(workers=1)
        cluster.add(1, OTHER_LOOPBACK)
        run = sandbox.start(
            *("ingest", "--engine", "spark", "--master", cluster.url),
            **{VARIABLE: f"B3.close.before:pause@{FILES_WITH_REJECTS}"},
            HEALTHTRENDS_SPARK__CONF=json.dumps(conf),
        )
        wait_until(lambda: run.has_ended() or any(stopped(each) for each in executors(cluster)))
        assert not run.has_ended(), run.err
        run.end()
    finally:
        cluster.stop()
    assert staged(sandbox) == []
    check(sandbox, bad=1)


def woken(run: Run) -> bool:
    """Let go on what has stopped, as each task does once; True when the command has ended."""
    with suppress(psutil.NoSuchProcess):
        run.wake()
    return run.has_ended()


def executors(cluster: Standalone) -> list[psutil.Process]:
    return [each for worker in cluster.workers for each in worker.executors()]


def stopped(executor: psutil.Process) -> bool:
    """Whether one of its Pythons lies at the failpoint."""
    return any(each.status() == psutil.STATUS_STOPPED for each in pythons(executor))


def pythons(executor: psutil.Process) -> list[psutil.Process]:
    try:
        return executor.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def wake(found: list[psutil.Process]) -> bool:
    """Let all go on that stopped; True."""
    for executor in found:
        for each in pythons(executor):
            if each.is_running() and each.status() == psutil.STATUS_STOPPED:
                each.resume()
    return True
