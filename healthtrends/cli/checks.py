"""The checks of `doctor`: each looks at one thing and says what it found and what to do next."""

import ctypes
import importlib.metadata
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from healthtrends.config import Settings, cache
from healthtrends.devstack import artifacts, ports
from healthtrends.devstack.java import find_java
from healthtrends.devstack.stack import LocalStack, StackStatus
from healthtrends.errors import HealthTrendsError

GIB = 1 << 30
DISK_ERROR, DISK_WARNING = 1 * GIB, 5 * GIB  # the stack itself needs 0.2, a million records 0.3
ANSWER_SECONDS = 5.0

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; only an error makes the exit code 1."""

    check: str
    level: Level
    detail: str
    next_step: str = ""


def findings(settings: Settings, stack: LocalStack) -> Iterator[Finding]:
    """Every check, quick ones first; the servers are asked last."""
    status = stack.status()
    yield _python()
    yield from _packages()
    yield _kerberos_library()
    yield _java(needed=settings.uses_local_stack or settings.engine.name == "spark")
    yield _disk(stack.home)
    if settings.privacy.pseudonymise:
        yield _key(settings, status)
    if settings.uses_local_stack:
        yield _jars()
        yield _ports(status)
        if not status.running:
            yield Finding(
                "stack", "warning", "the local stack does not run", "Start it with `healthtrends up`."
            )
            return
        addresses = status.addresses
        yield Finding("stack", "ok", f"runs, data in {status.home}")
        if addresses is None:  # pragma: no cover  a stack that runs has addresses
            return
        yield _kafka(addresses.bootstrap_servers, settings)
        yield _hdfs(addresses.hdfs_url, settings)
        return
    yield _kafka(settings.kafka.bootstrap_servers or "", settings)
    yield _hdfs(settings.hdfs.url or "", settings)


def _python() -> Finding:
    return Finding("python", "ok", f"{sys.version.split()[0]} in {sys.prefix}")


def _packages() -> Iterator[Finding]:
    for name, use in (("pyspark", "both engines"), ("pysail", "embedded engine"), ("pyarrow", "results")):
        try:
            yield Finding(name, "ok", f"{importlib.metadata.version(name)} ({use})")
        except importlib.metadata.PackageNotFoundError:
            yield Finding(
                name, "error", f"not installed ({use})", "Run `make setup`, or `pip install .` again."
            )


def _kerberos_library() -> Finding:
    """Loaded by the HDFS client by name, and only when a cluster asks for Kerberos."""
    name = "libgssapi_krb5.so.2"
    try:
        ctypes.CDLL(name)
    except OSError:
        return Finding(
            "kerberos", "warning", f"{name} is missing", "Install libgssapi-krb5-2 if HDFS asks for Kerberos."
        )
    return Finding("kerberos", "ok", name)


def _java(*, needed: bool) -> Finding:
    try:
        java = find_java()
    except HealthTrendsError as error:
        return Finding("java", "error" if needed else "warning", str(error), error.next_step)
    return Finding("java", "ok", f"{java.version} in {java.path} ({java.source})")


def _disk(home: Path) -> Finding:
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / GIB:.1f} GiB free in {there}"
    if free < DISK_WARNING:
        level: Level = "error" if free < DISK_ERROR else "warning"
        return Finding("disk", level, text, "Make room, or set HEALTHTRENDS_HOME to a larger disk.")
    return Finding("disk", "ok", text)


def _key(settings: Settings, status: StackStatus) -> Finding:
    """Say whether the key can be used; never what it is."""
    if settings.uses_local_stack and settings.privacy.key_file is None:
        path = status.home / "keys" / "pseudonym.key"
        if not path.exists():
            return Finding("key", "ok", f"`healthtrends up` will make {path}")
    elif settings.privacy.key_file is None:
        return Finding(
            "key", "error", "privacy.key_file is not set", "Set it, or privacy.pseudonymise = false."
        )
    else:
        path = Path(settings.privacy.key_file)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return Finding("key", "error", f"{path}: {error.strerror}", "Restore the key; ids depend on it.")
    if mode & 0o077:
        return Finding("key", "error", f"{path} has mode {mode:04o}", f"chmod 600 {path}")
    return Finding("key", "ok", f"{path}, mode {mode:04o}")


def _jars() -> Finding:
    missing = artifacts.missing(cache(), artifacts.load_lock())
    if not missing:
        return Finding("jars", "ok", f"all in {artifacts.folder(cache())}")
    megabytes = sum(artifact.size for artifact in missing) / 1e6
    return Finding("jars", "ok", f"{len(missing)} of {megabytes:.0f} MB will be fetched by the first `up`")


def _ports(status: StackStatus) -> Finding:
    """The stack keeps its ports; somebody else may have taken one while it was down."""
    if status.addresses is None:
        free = ports.free_ports(4)
        return Finding("ports", "ok", f"{len(free)} free ones found on {ports.LOOPBACK}")
    owners = {
        "kafka": status.addresses.bootstrap_servers,
        "namenode": status.addresses.hdfs_url,
    }
    for server, address in owners.items():
        port = int(address.rpartition(":")[2])
        if status.servers.get(server) is None and ports.listens(port):
            return Finding(
                "ports",
                "error",
                f"{server}'s port {port} is taken",
                "Stop what listens there, then `up` again.",
            )
    return Finding("ports", "ok", ", ".join(owners.values()))


def _kafka(servers: str, settings: Settings) -> Finding:
    from healthtrends.adapters.kafka_admin import cluster_id, topic_info

    topic = settings.kafka.topic
    try:
        cluster = cluster_id(servers, settings.kafka.client, ANSWER_SECONDS)
        info = topic_info(servers, topic, settings.kafka.client, ANSWER_SECONDS)
    except HealthTrendsError as error:
        return Finding("kafka", "error", str(error), error.next_step)
    if info is None:
        return Finding("kafka", "warning", f"{servers}: no topic {topic}", "`healthtrends produce` makes it.")
    return Finding("kafka", "ok", f"{servers}, cluster {cluster}, {topic}: {len(info.partitions)} partitions")


def _hdfs(url: str, settings: Settings) -> Finding:
    from healthtrends.adapters.hdfs import HdfsStore

    root = settings.hdfs.root
    try:
        names = HdfsStore(url, settings.hdfs.client).list(root)
    except HealthTrendsError as error:
        return Finding("hdfs", "error", str(error), error.next_step)
    return Finding("hdfs", "ok", f"{url}{root}: {len(names)} names")
