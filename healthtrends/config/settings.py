"""Every setting with its meaning, unit, range and default; the reference page is made from this.

A field's `Meta` holds one line for the reader. `extra["allowed"]` says in words what a pattern
means, `extra["secret"]` that the value must never be shown.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from healthtrends.config.alarms import Alarms
from healthtrends.config.delta import Delta
from healthtrends.config.detect import Detect
from healthtrends.config.dp import Dp
from healthtrends.config.engines import EngineChoice, Spark
from healthtrends.config.health import Health
from healthtrends.config.intake import Ingest, Privacy, Rejects
from healthtrends.config.lineage import Lineage
from healthtrends.config.metrics import Metrics
from healthtrends.config.mllp import Mllp
from healthtrends.config.publish import Alert, Publish, Release
from healthtrends.config.quality import Quality
from healthtrends.config.retention import Retention
from healthtrends.config.servers import Hdfs, Kafka
from healthtrends.config.source import Source


class Retry(Struct, frozen=True, kw_only=True):
    """Retries of a step."""

    deadline: Annotated[
        float, Meta(gt=0, le=86_400, description="Seconds a step may spend on transient failures.")
    ] = 60.0


class Diagnosis(Struct, frozen=True, kw_only=True):
    """Edition of ICD-10 of the codes: titles, groups and validity."""

    system: Annotated[
        Literal["icd10cm", "icd10", "icd10gm"],
        Meta(
            description="Edition of ICD-10 by which codes are grouped, judged and named: `icd10cm` of the "
            "United States, which is bundled; `icd10` of the WHO, by the extra `icd10`; `icd10gm` of "
            "Germany, by `table_file`."
        ),
    ] = "icd10cm"
    table_file: Annotated[
        str | None,
        Meta(
            description="CSV file with the codes of the edition: columns `code`, `title`, `chapter`, "
            "`block`, and `valid_from`, `valid_to`, `billable` where they are known."
        ),
    ] = None


class Stack(Struct, frozen=True, kw_only=True):
    """The local stack, which stands in for servers that are not configured."""

    secure: Annotated[
        bool,
        Meta(
            description="Start it with Kerberos for HDFS and TLS for Kafka, for machines that others use "
            "too; a stack that was started without starts again, with its data. One that was started so "
            "stays so, until `up --no-secure`."
        ),
    ] = False


class Verify(Struct, frozen=True, kw_only=True):
    """Key that seals the log."""

    key_file: Annotated[
        str | None,
        Meta(
            description="File with a key, 64 hex digits, mode 0600, that seals every commit and run record: "
            "who can write the root, but has no key, cannot make up a log. Keep it outside of the root."
        ),
    ] = None


class Settings(Struct, frozen=True, kw_only=True):
    """All sections. `load` makes one; nothing changes it afterwards."""

    kafka: Kafka = field(default_factory=Kafka)
    hdfs: Hdfs = field(default_factory=Hdfs)
    source: Source = field(default_factory=Source)
    mllp: Mllp = field(default_factory=Mllp)
    ingest: Ingest = field(default_factory=Ingest)
    rejects: Rejects = field(default_factory=Rejects)
    privacy: Privacy = field(default_factory=Privacy)
    engine: EngineChoice = field(default_factory=EngineChoice)
    spark: Spark = field(default_factory=Spark)
    retry: Retry = field(default_factory=Retry)
    diagnosis: Diagnosis = field(default_factory=Diagnosis)
    quality: Quality = field(default_factory=Quality)
    detect: Detect = field(default_factory=Detect)
    alarms: Alarms = field(default_factory=Alarms)
    publish: Publish = field(default_factory=Publish)
    retention: Retention = field(default_factory=Retention)
    release: Release = field(default_factory=Release)
    dp: Dp = field(default_factory=Dp)
    delta: Delta = field(default_factory=Delta)
    alert: Alert = field(default_factory=Alert)
    verify: Verify = field(default_factory=Verify)
    metrics: Metrics = field(default_factory=Metrics)
    health: Health = field(default_factory=Health)
    lineage: Lineage = field(default_factory=Lineage)
    stack: Stack = field(default_factory=Stack)

    @property
    def uses_local_stack(self) -> bool:
        """True when neither Kafka nor HDFS is configured."""
        return self.kafka.bootstrap_servers is None and self.hdfs.url is None
