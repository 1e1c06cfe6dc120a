"""A pipeline's dependencies without servers: a topic in memory, a store of the test, any engine."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from healthtrends.config.alarms import Alarms
from healthtrends.config.publish import Publish, Release
from healthtrends.config.quality import Quality
from healthtrends.config.retention import Retention
from healthtrends.errors import ConfigError
from healthtrends.icd.edition import Edition, icd10cm
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.settings import ExecutorPool, IngestSettings
from healthtrends.model.known_days import NOTHING_KNOWN, KnownDays
from healthtrends.orchestrate.alarm_news import AlarmNewsRule
from healthtrends.orchestrate.day_cube import DayComputer
from healthtrends.orchestrate.pages import PageResources
from healthtrends.orchestrate.preflight import Check
from healthtrends.page.translations import bundled
from healthtrends.publish.versioned_tables import TablePlace
from healthtrends.release.policy import INTERNAL, Policy
from healthtrends.storage.layout import Layout
from healthtrends.storage.seal import Seal
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import MemoryTopic


def _settings() -> IngestSettings:
    return IngestSettings(
        batch_records=1000, batch_bytes=10**8, commit_interval=10.0, future_days=1,
        pseudonymise=None, key_id=None,
    )  # fmt: skip


@dataclass(kw_only=True)
class LocalDependencies(ABC):
    """The `Dependencies` of a `Pipeline`; a subclass says what computes a day."""

    pool: StorePool
    messages: MemoryTopic = field(default_factory=MemoryTopic)
    layout: Layout = field(default_factory=lambda: Layout("/r"))
    settings: IngestSettings = field(default_factory=_settings)
    quality: Quality = field(default_factory=Quality)
    publish: Publish = field(default_factory=Publish)
    retention: Retention = field(default_factory=Retention)
    release: Release = field(default_factory=lambda: Release(enabled=False))
    """Runs release nothing: it takes seconds a date."""
    alarms: Alarms = field(default_factory=Alarms)
    edition: Edition = field(default_factory=icd10cm)
    known_days: KnownDays = NOTHING_KNOWN
    deadline: float = 5.0
    snapshot_every: int = 200
    compact_above: int = 0
    policy: Policy = INTERNAL
    pages: PageResources = field(default_factory=lambda: PageResources(bundled("en"), str))
    seal: Seal = field(default_factory=Seal)
    transform_name: str | None = None
    alert_quiet_facilities: bool = False
    alert_alarms: AlarmNewsRule = field(default_factory=AlarmNewsRule)
    where: Mapping[str, Any] = field(default_factory=lambda: {"kafka": {}, "hdfs": {}, "stack": {}})
    tables: TablePlace | None = None
    """Where runs write tables of what is released."""
    alerts: list[Mapping[str, object]] = field(default_factory=list)
    """What the hook was told."""

    def topic(self) -> Topic:
        """Another reader of the same messages."""
        return self.messages.reader()

    def executor_pool(self) -> ExecutorPool:
        """There are none."""
        raise ConfigError("no executors", "this pipeline has no Spark", "leave `ingest.distributed` off")

    @abstractmethod
    def day_computer(self) -> DayComputer:
        """Give what computes a day."""

    def delta_place(self) -> TablePlace | None:
        """As it was given."""
        return self.tables

    def checks(self) -> Sequence[Check]:
        """None."""
        return ()

    def ready_checks(self) -> Mapping[str, Check]:
        """None."""
        return {}

    def warm_up(self) -> None:
        """Load nothing."""
        return

    def alert(self, summary: Mapping[str, object]) -> None:
        """Keep it."""
        self.alerts.append(summary)
