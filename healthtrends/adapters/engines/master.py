"""Whether a Spark master can be used, asked before a Java is started for it.

Spark itself takes seconds to refuse a URL, a minute to miss a standalone master and a quarter of an hour to
miss a ResourceManager.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from healthtrends.adapters.engines.address import must_answer
from healthtrends.adapters.engines.hadoop import read_site
from healthtrends.adapters.engines.options import EngineOptions
from healthtrends.errors import ConfigError

LOCAL = "local[*]"
_KNOWN = re.compile(r"local(\[[\w*,\s]+\])?$|local-cluster\[|spark://|yarn$|k8s://")
_STANDALONE_PORT = 7077
_KUBERNETES_PORT = 443
_YARN_PORT = 8032
_YARN = "yarn.resourcemanager"


def check_master(options: EngineOptions) -> None:
    """Raise ConfigError when Spark has no such master, DependencyDown when none answers."""
    master = options.master or LOCAL
    if not _KNOWN.match(master):
        raise ConfigError(
            "engine.master is no master of Spark",
            "it is neither local, spark://, yarn nor k8s://",
            "use one of local[*], spark://host:7077, yarn, k8s://https://host:443; for sc:// there is "
            "`--engine connect`",
        )
    if master.startswith("spark://"):
        must_answer(master, "the Spark master", _STANDALONE_PORT)
    elif master.startswith("k8s://"):
        must_answer(_kubernetes_url(master), "the Kubernetes API server", _KUBERNETES_PORT)
    elif master == "yarn":
        _resource_manager_must_answer(options)


def _kubernetes_url(master: str) -> str:
    """`k8s://https://host:443` or, the same to Spark, `k8s://host:443`."""
    inner = master.removeprefix("k8s://")
    return inner if "://" in inner else f"https://{inner}"


def _resource_manager_must_answer(options: EngineOptions) -> None:
    folder = os.environ.get("YARN_CONF_DIR") or os.environ.get("HADOOP_CONF_DIR")
    if not folder:
        raise ConfigError(
            "YARN needs the client configuration of its cluster",
            "neither HADOOP_CONF_DIR nor YARN_CONF_DIR is set",
            "set HADOOP_CONF_DIR to the folder with core-site.xml and yarn-site.xml",
        )
    named = {key.removeprefix("spark.hadoop."): value for key, value in options.spark_conf.items()}
    site = {**read_site(Path(folder) / "yarn-site.xml"), **options.hadoop, **named}
    if addresses := _resource_managers(site):
        must_answer(f"yarn://{','.join(addresses)}", "the ResourceManager of YARN", _YARN_PORT)


def _resource_managers(site: Mapping[str, str]) -> list[str]:
    """Addresses as far as they are spelled out; of one made of variables Spark alone knows the value."""
    ids = [each.strip() for each in site.get(f"{_YARN}.ha.rm-ids", "").split(",")]
    ends = [f".{each}" for each in ids if each] or [""]
    found = [
        site.get(f"{_YARN}.address{end}") or site.get(f"{_YARN}.hostname{end}") or "${unknown}"
        for end in ends
    ]
    return [] if any("${" in each for each in found) else found
