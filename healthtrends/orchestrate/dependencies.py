"""Protocol of a pipeline's dependencies, made by the wiring, and the options of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from healthtrends.config.alarms import Alarms
from healthtrends.config.publish import Publish, Release
from healthtrends.config.quality import Quality
from healthtrends.config.retention import Retention
from healthtrends.icd.edition import Edition
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.settings import ExecutorPool, IngestSettings
from healthtrends.model.known_days import KnownDays
from healthtrends.orchestrate.alarm_news import AlarmNewsRule
from healthtrends.orchestrate.day_cube import DayComputer
from healthtrends.orchestrate.pages import PageResources
from healthtrends.orchestrate.preflight import Check
from healthtrends.publish.versioned_tables import TablePlace
from healthtrends.release.policy import Policy
from healthtrends.release.rule import CMS
from healthtrends.storage.layout import Layout
from healthtrends.storage.seal import Seal
from healthtrends.storage.store_pool import StorePool

Reprocess = Literal["missing", "failed", "stale", "all"]
Only = Literal["preflight", "ingest", "analyze", "publish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The flags of `run`."""

    engine: str | None = None
    master: str | None = None
    only: Only | None = None
    dry_run: bool = False
    no_ingest: bool = False
    allow_empty: bool = False
    reprocess: Reprocess | None = None


@dataclass(frozen=True, slots=True)
class ReleaseOptions:
    """The flags of `release`."""

    policy: str = "cms"
    hidden_below: int = CMS.hidden_below
    """Of the policy `own`."""
    force: bool = False
    """Release a provisional date, too."""
    again: bool = False
    """Release a date again, of which another issue was released."""


class Dependencies(Protocol):
    """Servers, engine and settings of a pipeline; each is opened at its first use."""

    pool: StorePool
    layout: Layout
    settings: IngestSettings
    quality: Quality
    publish: Publish
    retention: Retention
    release: Release
    alarms: Alarms
    """Detector and thresholds of alarms."""
    edition: Edition
    """Edition of ICD-10 of the codes."""
    known_days: KnownDays
    """What the files of the configuration say of outbreaks and holidays."""
    deadline: float
    snapshot_every: int
    compact_above: int
    policy: Policy
    """For whom pages, exports and tables are made."""
    pages: PageResources
    seal: Seal
    """With the key of `verify.key_file`, if there is one."""
    transform_name: str | None
    """`rejects.transform`."""
    alert_quiet_facilities: bool
    """`alert.quiet_facilities`."""
    alert_alarms: AlarmNewsRule
    """`alert.alarms_...`."""

    @property
    def where(self) -> Mapping[str, Any]:
        """Addresses, as `status` shows them."""
        ...

    def topic(self) -> Topic:
        """The configured topic. Raises KafkaUnavailable."""
        ...

    def executor_pool(self) -> ExecutorPool:
        """Executors of the configured Spark master, for an ingest. Raises ConfigError, DependencyDown."""
        ...

    def day_computer(self) -> DayComputer:
        """The configured engine, started at its first use."""
        ...

    def delta_place(self) -> TablePlace | None:
        """Where each run writes Delta tables of what is released; None: it does not."""
        ...

    def checks(self) -> Sequence[Check]:
        """Preflight checks of engine and space."""
        ...

    def ready_checks(self) -> Mapping[str, Check]:
        """By name, what a follower needs besides its topic; each may wait for a server."""
        ...

    def warm_up(self) -> None:
        """Begin to load what the engine will need."""
        ...

    def alert(self, summary: Mapping[str, object]) -> None:
        """Tell the hook; never raises."""
        ...
