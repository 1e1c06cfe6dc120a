"""A follower one of whose partitions gives nothing, while the others go on, says which one it is."""

import threading
import time

import pytest

from healthtrends.ingest.runner import ingest
from healthtrends.ingest.settings import IngestSummary
from healthtrends.observe import SilentBar, attached
from healthtrends.orchestrate.health import LoopHealth
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore, MemoryTopic
from tests.unit.ingesting import record, settings

pytestmark = pytest.mark.slow


class StuckTopic(MemoryTopic):
    """The client never gets anything of partition 1, and says no word of it."""

    def assign(self, starts):
        super().assign(starts)
        self.pause({1})


def test_a_partition_that_gives_nothing_is_named(tmp_path):
    """All else works: the broker answers, and the other partition is stored."""
    topic, stop = StuckTopic({0: [], 1: []}), threading.Event()
    for number in range(6):
        topic.send(number % 2, record(number))
    pool = StorePool(LocalStore(tmp_path))
    log = CommitLog(pool, Layout("/r"), 200)
    health = LoopHealth("ingest.looked", max_silence=1.0)
    how = settings(mode="follow", commit_interval=0.2)
    with attached(health):
        follower = threading.Thread(target=ingest, args=(topic, log, how, stop, SilentBar(), IngestSummary()))
        follower.start()
        try:
            named, end = "partition 1 stands at offset 0, 3 offsets before its end", time.monotonic() + 60
            while not any(fault.startswith(named) for fault in health.faults()):
                assert time.monotonic() < end, health.faults()
                time.sleep(0.02)
            assert not any("partition 0" in fault for fault in health.faults())
        finally:
            stop.set()
            follower.join(30)
    assert log.read_state().messages_stored == 3
    pool.close()
