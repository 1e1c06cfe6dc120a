"""Lineage of a command: events of OpenLineage, made of its events, and sent where the settings say."""

import contextlib
import os
from collections.abc import Iterator

from healthtrends.config.lineage import Lineage
from healthtrends.observe import attached


@contextlib.contextmanager
def send_lineage(lineage: Lineage, job: str) -> Iterator[None]:
    """Send events of what happens inside; the last one is that of `command.ended`."""
    from healthtrends.adapters.lineage.delivery import EventSender
    from healthtrends.adapters.lineage.events import Job
    from healthtrends.adapters.lineage.parent import parent_facet
    from healthtrends.adapters.lineage.sink import LineageSink

    sender = EventSender(lineage)
    sink = LineageSink(Job(lineage.namespace, job), parent_facet(os.environ), sender.send)
    sink.begin()
    try:
        with attached(sink):
            yield
    finally:
        sender.close()
