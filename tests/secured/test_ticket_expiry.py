"""A Kerberos ticket ends in the middle of an ingest, and a new connection asks for one: nothing is lost."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from healthtrends import clock
from tests.faults.catalogue import STRUCK
from tests.faults.sandbox import RECORDS, Run, Sandbox, check, stopped_at_each, wait_until
from tests.secured.conftest import kerberos_box, running_hdfs
from tests.secured.kerberos_hdfs import KerberosHdfs

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

LIFE = 45  # seconds; all ingests reach their steps in that time
SHORT, LIVES, PIECE = 15, 4, RECORDS // 4
_LOGIN = "import sys; from hdfs_native import Client; Client(*sys.argv[1:2]).get_file_info('/')"


@pytest.fixture(scope="module")
def short_tickets() -> Iterator[KerberosHdfs]:
    """An HDFS whose tickets live for `LIFE`."""
    with running_hdfs(LIFE) as hdfs:
        yield hdfs


@pytest.fixture
def boxes(short_tickets, stack, tmp_path) -> Iterator[list[Sandbox]]:
    """One for each step; their users log in by a keytab."""
    made = [kerberos_box(short_tickets, stack, tmp_path) for _ in STRUCK]
    yield made
    for box in made:
        for run in box.runs:
            run.kill()


@pytest.fixture
def tickets(short_tickets, boxes, tmp_path) -> Path:
    """A fresh ticket cache, which is all that the users of the boxes have."""
    cache = tmp_path / "tickets"
    renew(short_tickets, cache)
    for box in boxes:
        box.environ.update(short_tickets.realm.environ(box.folder, None) | {"KRB5CCNAME": f"FILE:{cache}"})
    return cache


def renew(hdfs: KerberosHdfs, cache: Path) -> None:
    """Put a new ticket there, as a renewer would: in one go."""
    new = cache.with_suffix(".new")
    new.unlink(missing_ok=True)
    environ = hdfs.realm.environ(cache.parent) | {"KRB5CCNAME": f"FILE:{new}"}
    conf = hdfs.hdfs.client_conf
    subprocess.run(
        [sys.executable, "-c", _LOGIN, hdfs.url], env=environ | {"HADOOP_CONF_DIR": str(conf)}, check=True
    )
    new.replace(cache)


def outlive(hdfs: KerberosHdfs) -> None:
    """Wait until every ticket of before has ended, and let all connections end."""
    clock.sleep(LIFE + 1)
    hdfs.restart_namenode()


def stored(follower: Run) -> int:
    """How many messages its commits have stored."""
    return sum(map(int, re.findall(r" ingest\.commit .*stored=(\d+)", follower.err)))


def end_well(runs, boxes, hdfs):
    """All have logged in again, and everything is there once; who checks has a keytab, as it takes long."""
    for run in runs:
        run.end()
    with hdfs.as_owner():
        for box in boxes:
            box.environ.update(hdfs.realm.environ(box.folder))
            check(box)


def test_with_a_keytab_an_ingest_logs_in_again(short_tickets, boxes):
    """It ends with 0."""
    runs = stopped_at_each(STRUCK, boxes)
    outlive(short_tickets)
    for run in runs:
        run.wake()
    end_well(runs, boxes, short_tickets)


def test_with_a_ticket_cache_that_is_renewed_an_ingest_goes_on(short_tickets, boxes, tickets):
    """By whom does not matter."""
    runs = stopped_at_each(STRUCK, boxes)
    outlive(short_tickets)
    renew(short_tickets, tickets)
    for run in runs:
        run.wake()
    end_well(runs, boxes, short_tickets)


def test_with_a_ticket_that_has_ended_an_ingest_ends_with_2_and_loses_nothing(short_tickets, boxes, tickets):
    """It says so; the next ingest that is let in finishes."""
    runs = stopped_at_each(STRUCK, boxes)
    outlive(short_tickets)
    for run in runs:
        run.wake()
    refused = [run for run in runs if run.end(0, 2)]
    assert refused
    assert all("the Kerberos ticket has expired" in run.err and "next:" in run.err for run in refused)
    end_well([], boxes, short_tickets)


def test_a_follower_outlives_many_tickets(stack, tmp_path):
    """It logs in by its keytab each time; the NameNode is started anew in between."""
    with running_hdfs(SHORT) as hdfs:
        box = kerberos_box(hdfs, stack, tmp_path)
        follower = box.start("ingest", "--follow")
        for life in range(LIVES):
            box.send(PIECE, bad=0, first=life * PIECE)
            wait_until(lambda sent=(life + 1) * PIECE: stored(follower) >= sent)
            clock.sleep(SHORT + 1)
            if life == LIVES // 2:
                hdfs.restart_namenode()
        os.kill(follower.pid, signal.SIGINT)
        follower.end(130)
        with hdfs.as_owner():
            check(box, bad=0)
