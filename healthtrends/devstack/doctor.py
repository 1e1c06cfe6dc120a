"""Checks of the local stack for `doctor`; nothing is started or changed.

Each check gives findings; only the stack itself is looked at, not the topic or the pipeline.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from healthtrends import clock
from healthtrends.devstack import artifacts, free_ports, login_users
from healthtrends.devstack import stack_state as states
from healthtrends.devstack.certificates import RENEWED, Certificate
from healthtrends.devstack.hdfs import Hdfs, use_own_name
from healthtrends.devstack.process import Server, environment, wait_ready
from healthtrends.devstack.servers import Servers
from healthtrends.devstack.stack import LocalStack, StackStatus
from healthtrends.errors import ConfigError, DependencyDown

GIB = 1 << 30
DISK = {"error": 1 * GIB, "warning": 5 * GIB}  # less free than this; HDFS refuses writes below 0.1
TOOLS = ("bash", "ls", "df")  # HDFS calls them
PATIENCE = 10.0  # seconds for a server that runs to answer

Level = Literal["ok", "warning", "error"]


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at: what was found, and what to do when it is not ok."""

    name: str
    level: Level
    text: str
    next_step: str = ""


def examine(stack: LocalStack) -> Iterator[Finding]:
    """All checks of one stack, the quick ones first; the jars' hashes take a second."""
    status = stack.status()
    yield from _user()
    servers = stack.servers()
    yield _closed() if servers.is_secure else _others()
    yield from _tools()
    yield from _disks(stack)
    yield _jars(stack.cache, artifacts.servers_lock(secure=servers.is_secure))
    if servers.is_secure:
        yield _certificate(servers.certificate)
    yield from _ports(stack, status)
    yield from _servers(servers, status)


def _user() -> Iterator[Finding]:
    try:
        use_own_name()
    except ConfigError as error:
        yield Finding("user", "error", str(error), error.next_step)


def _others() -> Finding:
    """What the local stack cannot close to other users."""
    text = login_users.what_stays_open(login_users.other_users(), login_users.directories())
    if not text:
        return Finding("other users", "ok", "no other account in /etc/passwd can log in")
    return Finding("other users", "warning", text, login_users.WHAT_TO_DO)


def _closed() -> Finding:
    return Finding("other users", "ok", "this stack asks everybody for Kerberos or a password over TLS")


def _certificate(certificate: Certificate) -> Finding:
    until = certificate.valid_until()
    if until is None:
        return Finding("certificate", "ok", "made by the next start of Kafka")
    text = f"{certificate.authority}, valid until {until:%Y-%m-%d}"
    if until - clock.wall() > RENEWED:
        return Finding("certificate", "ok", text)
    step = "`healthtrends down`, then `healthtrends up` makes another"
    return Finding("certificate", "warning", text, step)


def _tools() -> Iterator[Finding]:
    gone = [tool for tool in TOOLS if shutil.which(tool, path=environment()["PATH"]) is None]
    if gone:
        yield Finding("tools", "error", f"missing: {', '.join(gone)}", "HDFS needs them: install them")
    else:
        yield Finding("tools", "ok", ", ".join(TOOLS))


def _disks(stack: LocalStack) -> Iterator[Finding]:
    for name, folder, variable in (
        ("disk of home", stack.home, "HEALTHTRENDS_HOME"),
        ("disk of cache", stack.cache, "HEALTHTRENDS_CACHE"),
    ):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(there).free
        text = f"{free / GIB:.1f} GiB free for {folder}"
        if free >= DISK["warning"]:
            yield Finding(name, "ok", text)
        else:
            level: Level = "error" if free < DISK["error"] else "warning"
            yield Finding(name, level, text, f"make room, or set {variable} to a folder on a larger disk")


def _jars(cache: Path, lock: artifacts.Lock) -> Finding:
    if damaged := artifacts.damaged(cache, lock):
        names = ", ".join(map(str, damaged))
        return Finding(
            "jars", "error", f"damaged: {names}", f"remove {artifacts.folder(cache)}, then `healthtrends up`"
        )
    if missing := artifacts.missing(cache, lock):
        size = sum(artifact.size for artifact in missing) / 1e6
        return Finding("jars", "ok", f"{len(missing)} to be fetched by the next start, {size:.0f} MB")
    return Finding("jars", "ok", f"all in {artifacts.folder(cache)}, hashes as locked")


def _ports(stack: LocalStack, status: StackStatus) -> Iterator[Finding]:
    """A port of a server that is down, taken by somebody else in the meantime."""
    state = states.load(stack.folder)
    if state is None:
        yield Finding("ports", "ok", "chosen by the first start")
        return
    owners = {field: name for field, (name, _) in states.OWNERS.items() if name in status.servers}
    kept = {field: getattr(state, field) for field in owners}
    down = [port for field, port in kept.items() if status.servers[owners[field]] is None]
    taken = [port for port in down if not free_ports.is_free(port)]
    if state.namenode_port in taken:
        where = f"{free_ports.LOOPBACK}:{state.namenode_port}"
        yield Finding(
            "ports",
            "error",
            f"{where}, the address of HDFS, is taken by another program",
            f"stop what listens on {where}",
        )
    elif taken:
        yield Finding(
            "ports", "ok", f"{', '.join(map(str, taken))} taken by another program; the next start moves"
        )
    else:
        yield Finding("ports", "ok", ", ".join(map(str, kept.values())))


def _servers(servers: Servers, status: StackStatus) -> Iterator[Finding]:
    down = [name for name, process in status.servers.items() if process is None]
    if len(down) == len(status.servers):
        yield Finding("servers", "ok", "none runs; `healthtrends up` or a run starts them")
        return
    if down:
        yield Finding(
            "servers", "error", f"{' and '.join(down)} ended", "start what is missing: `healthtrends up`"
        )
    kafka, hdfs = servers.kafka, servers.hdfs
    if "kafka" not in down:
        yield _answers("kafka", kafka.bootstrap_servers, [kafka.server], kafka.not_ready)
    if {"kdc", "namenode", "datanode"}.isdisjoint(down):
        servers.log_in()
        both = [hdfs.namenode, hdfs.datanode]
        yield _answers("hdfs", f"{hdfs.url}, out of safe mode", both, hdfs.not_ready)
        yield _safe_close(hdfs)


def _answers(name: str, text: str, servers: list[Server], not_ready: Callable[[], str]) -> Finding:
    try:
        wait_ready(servers, not_ready, PATIENCE)
    except DependencyDown as error:
        return Finding(name, "error", str(error), "`healthtrends down`, then `healthtrends up`")
    return Finding(name, "ok", text)


def _safe_close(hdfs: Hdfs) -> Finding:
    """Whether a closed file is on the disk, and not only in memory, when the pipeline commits it."""
    try:
        value = hdfs.setting("dfs.datanode.synconclose")
    except OSError as error:
        return Finding("synconclose", "warning", str(error), "`healthtrends down`, then `healthtrends up`")
    if value == "true":
        return Finding("synconclose", "ok", "closed files are on disk")
    return Finding(
        "synconclose",
        "warning",
        "a power cut may lose committed files",
        "set dfs.datanode.synconclose to true",
    )
