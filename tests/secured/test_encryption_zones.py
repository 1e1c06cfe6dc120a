"""A root in an encryption zone, whose key a key server gives: what works, and what a refused user reads."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hdfs_native import Client, WriteOptions

from tests.faults.hadoop_tools import CRYPTOADMIN
from tests.faults.hdfs_cluster import HdfsCluster, running
from tests.faults.sandbox import DAY, HDFS_CLIENT, Sandbox, check, check_report, new_sandbox
from tests.secured.key_server import KeyServer

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

PROVIDER = "hadoop.security.key.provider.path"
OURS, THEIRS = "healthtrends", "theirs"


@dataclass(frozen=True, slots=True)
class Zones:
    """An HDFS and the server of its keys."""

    hdfs: HdfsCluster
    keys: KeyServer

    def create(self, path: str, key: str) -> None:
        """Make an empty folder a zone."""
        Client(self.hdfs.url).mkdirs(path, 0o755, True)
        self.hdfs.admin(CRYPTOADMIN, "-createZone", "-keyName", key, "-path", path)


@pytest.fixture(scope="module")
def zones() -> Iterator[Zones]:
    """One NameNode, one DataNode, one key server with two keys."""
    folder = Path(tempfile.mkdtemp(prefix="ht-"))
    keys = KeyServer(folder, given_away=THEIRS)
    try:
        keys.start()
        for name in (OURS, THEIRS):
            keys.create_key(name)
        with running(namenodes=1, datanodes=1, settings={PROVIDER: keys.url}) as hdfs:
            yield Zones(hdfs, keys)
    finally:
        keys.stop()
        shutil.rmtree(folder)


@pytest.fixture
def in_zone(zones, stack, tmp_path) -> Iterator[Callable[[str], Sandbox]]:
    """Make sandboxes whose root is a zone of a key, with records to ingest."""
    made: list[Sandbox] = []

    def make(key: str) -> Sandbox:
        box = new_sandbox(stack, tmp_path)
        made.append(box)
        box.environ.update(zones.hdfs.environ)
        box.environ[HDFS_CLIENT] = json.dumps({PROVIDER: zones.keys.url})
        zones.create(box.root, key)
        box.send()
        return box

    yield make
    for box in made:
        for run in box.runs:
            run.kill()


def test_a_day_is_ingested_reported_and_proved(zones, in_zone):
    """Spark takes the place of the embedded engine; on the disk of the DataNode no record can be read."""
    box = in_zone(OURS)
    run = box.start("run", DAY)
    run.end()
    assert "engine.fallback engine=embedded" in run.err
    assert "File encryption" in run.err
    check(box)
    check_report(box)
    with Client(zones.hdfs.url).create("/outside", WriteOptions()) as file:
        file.write(b"T399 outside of any zone")
    assert zones.hdfs.holds(b"T399 outside")
    assert not zones.hdfs.holds(b'"T399"')


def test_a_user_who_may_not_decrypt_is_told_which_right_is_missing(in_zone):
    """In the key server's words."""
    run = in_zone(THEIRS).start("ingest")
    run.end(2)
    assert "refuses this user" in run.err
    assert "is not authorized to perform [DECRYPT_EEK] on key with ACL name [theirs]" in run.err
    assert "have DECRYPT_EEK on the key of the zone given" in run.err


def test_a_client_that_knows_no_key_server_is_told_the_key(in_zone):
    """HDFS itself lets it write."""
    run = in_zone(OURS).start("ingest", HEALTHTRENDS_HDFS__CLIENT="{}")
    run.end(2)
    assert f'set "{PROVIDER}" in [hdfs.client]' in run.err


def test_a_key_server_that_is_down_is_worth_another_try(zones, in_zone):
    """And ends with 5 when it stays down; once it is back, nothing is lost."""
    box = in_zone(OURS)
    zones.keys.stop()
    run = box.start("ingest", HEALTHTRENDS_RETRY__DEADLINE="1")
    run.end(5)
    assert "does not answer" in run.err
    assert "attempt=2" in run.err
    assert "user.name" not in run.err
    zones.keys.start()
    check(box)
