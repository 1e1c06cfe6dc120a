"""A Hadoop client configuration as a folder, for an engine that takes it no other way."""

import os
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from healthtrends.adapters.engines.options import EngineOptions


def write_client_conf(options: EngineOptions) -> Path:
    """Write `core-site.xml`: what HADOOP_CONF_DIR says, and over it the configured keys.

    `yarn-site.xml` goes along for a Spark that takes over on YARN. Returns the folder. Nothing of the
    user's own folder is changed.
    """
    settings: dict[str, str] = {}
    folder = options.work / "hadoop"
    folder.mkdir(parents=True, exist_ok=True)
    if theirs := os.environ.get("HADOOP_CONF_DIR"):
        for name in ("core-site.xml", "hdfs-site.xml"):
            settings |= read_site(Path(theirs) / name)
        _write(folder / "yarn-site.xml", read_site(Path(theirs) / "yarn-site.xml"))
    _write(folder / "core-site.xml", settings | dict(options.hadoop))
    return folder


def read_site(path: Path) -> dict[str, str]:
    """Read a file such as `core-site.xml`; empty when there is none."""
    if not path.is_file():
        return {}
    root = ET.parse(path).getroot()  # noqa: S314  the user's own configuration, not data
    return {
        each.findtext("name", "").strip(): each.findtext("value", "").strip()
        for each in root.iter("property")
    }


def _write(path: Path, settings: Mapping[str, str]) -> None:
    root = ET.Element("configuration")
    for name, value in settings.items():
        each = ET.SubElement(root, "property")
        ET.SubElement(each, "name").text = name
        ET.SubElement(each, "value").text = value
    path.touch(mode=0o600)  # a client key may be a secret
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
