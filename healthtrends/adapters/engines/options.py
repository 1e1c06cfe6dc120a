"""All an engine is told before it starts; wiring makes this from the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Settings of any engine; each takes what concerns it."""

    name: str = "embedded"
    """`embedded`, `spark` or `connect`."""
    master: str | None = field(default=None, repr=False)
    """spark: `local[*]` (also when None), `spark://host:port`, `yarn`, `k8s://...`; connect: `sc://host:port`,
    with parameters that may be secret."""
    token: str | None = field(default=None, repr=False)
    """connect: sent with every call; one in `master` goes before it."""
    memory: int | None = None
    """Bytes that queries may take on this machine; None: what fits it."""
    patience: float = 60.0
    """spark: seconds that a cluster may leave a job without any executor."""
    java_home: Path | None = None
    """spark: a Java home that Spark starts on; None: spark cannot be had."""
    hadoop: Mapping[str, str] = field(default_factory=dict)
    """Hadoop client keys, over those of HADOOP_CONF_DIR."""
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    """Any Spark key, over the defaults of this project."""
    work: Path
    """An own folder: Spark's log, temporary files and a Hadoop configuration go there."""
