"""Monitor of the stop event and of the topic's partitions: it says when a batch should be finished.

A topic may get partitions while a follower runs. The follower of their shard then commits what it holds and
starts over, which takes a second.
"""

import threading
from collections.abc import Mapping

from healthtrends import clock
from healthtrends.errors import KafkaUnavailable
from healthtrends.ingest.continuity import check_identity
from healthtrends.ingest.plan import Plan
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.positions import Positions
from healthtrends.ingest.settings import IngestSettings
from healthtrends.observe import debug_event, measure
from healthtrends.storage.manifest import Position

_LOOK_SECONDS = 3.0
_REPORT_SECONDS = 10.0  # a scrape comes every 15 s or so


class PartitionMonitor:
    """Polls the topic now and then, between two reads."""

    def __init__(self, topic: Topic, settings: IngestSettings, plan: Plan, stop: threading.Event) -> None:
        """Watch for the `stop`; a follower also for partitions of its shard that are not in the `plan`."""
        self.halt = threading.Event()
        """Set when the batch should be finished."""
        self.found_more = False
        """There are partitions to be read that were not there before."""
        self._topic = topic
        self._settings = settings
        self._plan = plan
        self._stop = stop
        self._pause = clock.Deadline(_LOOK_SECONDS)
        self._positions = Positions(topic, settings.shard)
        self._next_report = clock.Deadline(0)

    def poll(self, stored: Mapping[int, Position]) -> None:
        """Set `halt` if it is time; asks the broker every few seconds only.

        `stored`: how far the partitions are committed.
        Raises DataLossRefused when the topic is gone, or is another one.
        """
        if self._stop.is_set():
            self.halt.set()
        elif self._settings.mode == "follow" and self._pause.passed():
            self._pause = clock.Deadline(_LOOK_SECONDS)
            self._ask(stored)

    def wait(self) -> None:
        """Wait for a first partition of the shard, or for the stop."""
        while not self.halt.is_set():
            self._stop.wait(_LOOK_SECONDS)
            self.poll({})

    def _ask(self, stored: Mapping[int, Position]) -> None:
        try:
            check_identity(self._topic, self._plan.identity)
            numbers = self._topic.partition_numbers()
            if self._next_report.passed():
                self._positions.report(stored, self._topic.positions())
                self._next_report = clock.Deadline(_REPORT_SECONDS)
            measure("ingest.looked", partitions=len(numbers))
        except KafkaUnavailable as fault:
            debug_event("ingest.look_failed", reason=fault.what)  # reading raises it when it lasts
            return
        self.found_more = any(self._settings.shard.holds(p) for p in numbers if p not in self._plan.starts)
        if self.found_more:
            self.halt.set()
