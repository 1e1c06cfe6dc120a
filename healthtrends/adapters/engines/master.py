"""Checks that a Spark master is known and answers, before a Java is started for it.

Spark itself takes seconds to refuse a URL, a minute to miss a standalone master and a quarter of an hour to
miss a ResourceManager.
"""

import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.hadoop_conf import read_site
from healthtrends.errors import ConfigError, DependencyDown

LOCAL = "local[*]"
LAST_PORT = 65_535
ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:/;,?#@=\s]+)(?::(?P<port>\d{1,5}))?$")
_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:|$)")
_SECONDS = 5.0
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
        check_reachable(master, "the Spark master", _STANDALONE_PORT)
    elif master.startswith("k8s://"):
        check_reachable(_kubernetes_url(master), "the Kubernetes API server", _KUBERNETES_PORT)
    elif master == "yarn":
        _check_resource_manager(options)


def _kubernetes_url(master: str) -> str:
    """`k8s://https://host:443` or, the same to Spark, `k8s://host:443`."""
    inner = master.removeprefix("k8s://")
    return inner if "://" in inner else f"https://{inner}"


def on_loopback(options: EngineOptions) -> bool:
    """Whether the master is only for programs of this machine, by the way its address is spelled."""
    master = options.master or LOCAL
    if master == "yarn":
        addresses = _resource_managers(_yarn_site(options))
    elif master.startswith("spark://"):
        addresses = master.removeprefix("spark://").split(",")
    else:
        return False
    return bool(addresses) and all(is_loopback(each) for each in addresses)


def _check_resource_manager(options: EngineOptions) -> None:
    if not _yarn_folder():
        raise ConfigError(
            "YARN needs the client configuration of its cluster",
            "neither HADOOP_CONF_DIR nor YARN_CONF_DIR is set",
            "set HADOOP_CONF_DIR to the folder with core-site.xml and yarn-site.xml",
        )
    if addresses := _resource_managers(_yarn_site(options)):
        check_reachable(f"yarn://{','.join(addresses)}", "the ResourceManager of YARN", _YARN_PORT)


def _yarn_folder() -> str:
    return os.environ.get("YARN_CONF_DIR") or os.environ.get("HADOOP_CONF_DIR") or ""


def _yarn_site(options: EngineOptions) -> dict[str, str]:
    named = {key.removeprefix("spark.hadoop."): value for key, value in options.spark_conf.items()}
    return {**read_site(Path(_yarn_folder()) / "yarn-site.xml"), **options.hadoop, **named}


def _resource_managers(site: Mapping[str, str]) -> list[str]:
    """Addresses as far as they are spelled out; of one made of variables Spark alone knows the value."""
    ids = [each.strip() for each in site.get(f"{_YARN}.ha.rm-ids", "").split(",")]
    ends = [f".{each}" for each in ids if each] or [""]
    found = [
        site.get(f"{_YARN}.address{end}") or site.get(f"{_YARN}.hostname{end}") or "${unknown}"
        for end in ends
    ]
    return [] if any("${" in each for each in found) else found


def is_loopback(address: str) -> bool:
    """Whether `host` or `host:port` is only for programs of this machine, by the way it is spelled."""
    return _LOOPBACK.match(address) is not None


def check_reachable(url: str, what: str, port: int) -> None:
    """Connect to one of `scheme://host:port[,host:port]`, and let go again; `port` when it names none.

    Raises DependencyDown that names host and port, never what follows them: it may be a token.
    Raises ConfigError when no address can be read from the URL.
    """
    causes = []
    for address in url.partition("://")[2].partition("/")[0].split(","):
        found = ADDRESS.match(address)
        if found is None or int(found["port"] or port) > LAST_PORT:
            raise ConfigError(f"the address of {what} cannot be read", "", "write it as scheme://host:port")
        host, number = found["host"].strip("[]"), int(found["port"] or port)
        try:
            socket.create_connection((host, number), _SECONDS).close()
        except OSError as error:
            causes.append(f"{host}:{number}: {error.strerror or error}")
        else:
            return
    raise DependencyDown(
        f"{what} does not answer", "; ".join(causes), "check `engine.master` and the cluster"
    )
