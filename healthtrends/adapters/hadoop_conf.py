"""Hadoop client keys: those of the machine's own configuration, and over them the configured ones."""

import os
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from healthtrends.errors import ConfigError

SITES = ("core-site.xml", "hdfs-site.xml")
_NAMENODES = "dfs.ha.namenodes."


def client_conf(given: Mapping[str, str]) -> dict[str, str]:
    """Keys that the HDFS client goes by: `given` over HADOOP_CONF_DIR, or over what HADOOP_HOME holds."""
    found: dict[str, str] = {}
    if folder := conf_folder():
        for name in SITES:
            found |= read_site(folder / name)
    return found | dict(given)


def name_services(conf: Mapping[str, str]) -> frozenset[str]:
    """Names of the HDFS that have several NameNodes."""
    return frozenset(key.removeprefix(_NAMENODES) for key in conf if key.startswith(_NAMENODES))


def read_site(path: Path) -> dict[str, str]:
    """Read a file such as `core-site.xml`; empty when there is none. Raises ConfigError."""
    if not path.is_file():
        return {}
    try:
        root = ET.parse(path).getroot()  # noqa: S314  the user's own configuration, not data
    except (OSError, ET.ParseError) as error:
        raise ConfigError(
            f"{path} cannot be read",
            str(error),
            "correct the file, or let HADOOP_CONF_DIR name another folder",
        ) from error
    return {
        each.findtext("name", "").strip(): each.findtext("value", "").strip()
        for each in root.iter("property")
    }


def conf_folder() -> Path | None:
    """Folder of the machine's own configuration; None when neither variable names one."""
    if conf := os.environ.get("HADOOP_CONF_DIR"):
        return Path(conf)
    home = os.environ.get("HADOOP_HOME")
    return Path(home) / "etc" / "hadoop" if home else None
