"""`topic adopt` and `topic list` of a pipeline."""

from typing import NamedTuple

from healthtrends.ingest.adopt import AdoptResult, adopt
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.steps import Steps
from healthtrends.storage.log import CommitLog
from healthtrends.storage.root_format import write_format
from healthtrends.storage.topic_identity import Adoption, Identity, Offsets


class KnownTopics(NamedTuple):
    """Topics of a log."""

    present: Identity | None
    """None: the log is empty."""
    adoptions: tuple[Adoption, ...]
    """Oldest first."""


class TopicAdoption:
    """Topics of the log under one root."""

    def __init__(self, dependencies: Dependencies, log: CommitLog) -> None:
        self._dependencies = dependencies
        self._log = log

    def adopt(self, offsets: Offsets, why: str, *, dry_run: bool) -> AdoptResult:
        """Go on with the configured topic. Raises as `ingest.adopt.adopt`, RootRefused, HdfsUnavailable."""
        steps, dependencies = Steps(self._dependencies.deadline), self._dependencies

        def work(_: object) -> AdoptResult:
            if not dry_run:
                # A program that knows no format would take the numbers of partitions for those of Kafka.
                write_format(self._log.store, self._log.layout)
            topic, settings = dependencies.topic(), dependencies.settings
            return adopt(topic, self._log, settings, offsets, why, dry_run=dry_run)

        return steps.run("adopt topic", work)

    def known(self) -> KnownTopics:
        """Read the topics of the log. Raises HdfsUnavailable, DamageFound."""
        state = Steps(self._dependencies.deadline).run("read log", lambda _: self._log.read_state())
        return KnownTopics(state.identity, state.adoptions)
