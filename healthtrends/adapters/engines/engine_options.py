"""Options of an engine, and what follows from them: memory for queries, Hadoop client configuration."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from healthtrends.adapters.hadoop_conf import SITES, client_conf, conf_folder
from healthtrends.config.engines import EngineName


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Settings of any engine; each takes what concerns it."""

    name: EngineName = "embedded"
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


_SHARE = 2
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


def query_memory(options: EngineOptions) -> int:
    """Bytes for the queries of one engine."""
    return options.memory or machine_memory() // _SHARE


def machine_memory() -> int:
    """Bytes of this machine, or of the container or service this process is confined to."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([installed, *_limits()])


def _limits() -> list[int]:
    """Limits of the control groups around this process; none outside Linux."""
    files = [_CGROUPS / "memory" / "memory.limit_in_bytes"]
    try:
        own = _OWN_CGROUP.read_text(encoding="ascii").rpartition("0::/")[2].strip()
        inner = _CGROUPS / own
        files += [folder / "memory.max" for folder in (inner, *inner.parents)]
    except OSError:
        return []
    return [limit for file in files if (limit := _number(file)) is not None]


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # absent, or the word `max`
        return None


def write_client_conf(options: EngineOptions) -> Path:
    """Write `core-site.xml`: what HADOOP_CONF_DIR says, and over it the configured keys.

    What else is there, such as `yarn-site.xml`, is linked. Returns the folder, which can take the place of
    the user's own; nothing of that is changed.
    """
    folder = options.work / "hadoop"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / "core-site.xml", client_conf(options.hadoop))
    theirs = conf_folder()
    for file in theirs.iterdir() if theirs and theirs.is_dir() else ():
        ours = folder / file.name
        if file.is_file() and file.name not in SITES and not ours.exists():
            ours.symlink_to(file.absolute())
    return folder


def _write(path: Path, settings: Mapping[str, str]) -> None:
    root = ET.Element("configuration")
    for name, value in settings.items():
        each = ET.SubElement(root, "property")
        ET.SubElement(each, "name").text = name
        ET.SubElement(each, "value").text = value
    path.touch(mode=0o600)  # a client key may be a secret
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
