"""The local stack as one thing: up, down, status.

Its folder is `home`/stack: `state.json` (ports and ids, chosen once), `run` (process files), `log`,
and the servers' data. A lock file lets one `up` or `down` at a time through; the servers know
nothing of it and go on without any command running.
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

from healthtrends.devstack import artifacts, jars, ports
from healthtrends.devstack.hdfs import Hdfs
from healthtrends.devstack.java import JavaHome, find_java
from healthtrends.devstack.kafka import Kafka, new_cluster_id
from healthtrends.devstack.process import Server, environment, wait_ready
from healthtrends.errors import DependencyDown

START = 90.0  # seconds for one server to become usable; a busy small machine needs 20
TOPIC = "patient-records"

Report = Callable[[str], None]


class StackAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """What a pipeline needs to use the stack.

    `hadoop_conf` is a folder for HADOOP_CONF_DIR, `key_file` holds the pseudonym key.
    """

    bootstrap_servers: str
    hdfs_url: str
    hadoop_conf: Path
    key_file: Path


class StackStatus(msgspec.Struct, frozen=True, kw_only=True):
    """State of the stack without waiting for anything.

    `servers` maps each server's name to its process id, None when it does not run; `addresses`
    is None when the stack was never started in this home.
    """

    home: Path
    running: bool
    servers: dict[str, int | None]
    addresses: StackAddresses | None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is chosen at the first start and kept: ports on loopback, Kafka's cluster id."""

    broker_port: int
    controller_port: int
    namenode_port: int
    http_port: int
    cluster_id: str


class LocalStack:
    """Real Kafka and HDFS of one home; any number of stacks may run side by side."""

    def __init__(self, home: Path, cache: Path) -> None:
        self.home = home.absolute()
        self.cache = cache.absolute()
        self.folder = self.home / "stack"

    def up(self, report: Report, topic: str = TOPIC, partitions: int = 3) -> StackAddresses:
        """Start what does not run, wait until all is usable, make key and topic when missing.

        `report` gets a line for each thing done; nothing is reported when all was well already.
        Raises DependencyDown when a jar, a Java, a port or a server is missing.
        """
        with self._locked():
            state = self._load() or self._choose()
            key_file = self._key()
            kafka, hdfs = self._servers(state)
            self._start(state, kafka, hdfs, report)
            if kafka.make_topic(topic, partitions):
                report(f"topic {topic} made with {partitions} partitions")
        return _addresses(kafka, hdfs, key_file)

    def down(self, purge: bool = False) -> bool:
        """Stop all servers; `purge` removes their data too. False when none was running."""
        with self._locked():
            kafka, hdfs = self._servers(self._load() or _NO_STATE)
            with ThreadPoolExecutor(3) as pool:
                # The DataNode first would only make the NameNode wait for its heartbeat: all at once.
                stopped = list(pool.map(Server.stop, _all(kafka, hdfs)))
            if purge:
                shutil.rmtree(self.folder)
        return any(stopped)

    def status(self) -> StackStatus:
        """What runs and where, from the process files."""
        state = self._load()
        kafka, hdfs = self._servers(state or _NO_STATE)
        found = {server.name: server.process() for server in _all(kafka, hdfs)}
        return StackStatus(
            home=self.home,
            running=all(found.values()),
            servers={name: process.pid if process else None for name, process in found.items()},
            addresses=_addresses(kafka, hdfs, self.key_file) if state else None,
        )

    @property
    def key_file(self) -> Path:
        """The pseudonym key that `up` makes: 32 random bytes as hex, for its owner's eyes only."""
        return self.home / "keys" / "pseudonym.key"

    def _start(self, state: State, kafka: Kafka, hdfs: Hdfs, report: Report) -> None:
        down = [server.name for server in _all(kafka, hdfs) if server.process() is None]
        if not down:
            return self._wait(kafka, hdfs)
        began = time.monotonic()
        lock = artifacts.load_lock()
        jars.fetch(self.cache, lock)
        java = find_java()
        report(f"starting {', '.join(down)} on Java {java.version} ({java.source})")
        kafka.configure()
        hdfs.configure()
        with ThreadPoolExecutor(2) as pool:
            started = [
                pool.submit(self._start_kafka, kafka, java, state.cluster_id, lock["kafka"]),
                pool.submit(self._start_hdfs, hdfs, java, lock["hdfs"]),
            ]
            for each in started:
                each.result()
        report(f"ready after {time.monotonic() - began:.1f} s")
        return None

    def _wait(self, kafka: Kafka, hdfs: Hdfs) -> None:
        wait_ready([kafka.server], kafka.not_ready, START)
        wait_ready([hdfs.namenode, hdfs.datanode], hdfs.not_ready, START)

    def _start_kafka(
        self, kafka: Kafka, java: JavaHome, cluster_id: str, wanted: tuple[artifacts.Artifact, ...]
    ) -> None:
        path = artifacts.class_path(self.cache, wanted)
        _format_once(java, kafka.format_arguments(path, cluster_id), self.folder / "kafka", ["data"])
        kafka.server.start(java, kafka.arguments(path))
        wait_ready([kafka.server], kafka.not_ready, START)

    def _start_hdfs(self, hdfs: Hdfs, java: JavaHome, wanted: tuple[artifacts.Artifact, ...]) -> None:
        path = artifacts.class_path(self.cache, wanted)
        _format_once(java, hdfs.format_arguments(path), self.folder / "hdfs", ["name", "data"])
        hdfs.namenode.start(java, hdfs.namenode_arguments(path))
        hdfs.datanode.start(java, hdfs.datanode_arguments(path))
        wait_ready([hdfs.namenode, hdfs.datanode], hdfs.not_ready, START)

    def _servers(self, state: State) -> tuple[Kafka, Hdfs]:
        return (
            Kafka(self.folder, state.broker_port, state.controller_port),
            Hdfs(self.folder, state.namenode_port, state.http_port),
        )

    def _load(self) -> State | None:
        try:
            return msgspec.json.decode((self.folder / "state.json").read_bytes(), type=State)
        except FileNotFoundError:
            return None

    def _choose(self) -> State:
        broker, controller, namenode, http = ports.free_ports(4)
        state = State(
            broker_port=broker,
            controller_port=controller,
            namenode_port=namenode,
            http_port=http,
            cluster_id=new_cluster_id(),
        )
        (self.folder / "state.json").write_bytes(msgspec.json.format(msgspec.json.encode(state)))
        return state

    def _key(self) -> Path:
        path = self.key_file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            aside = path.with_suffix(".new")
            aside.unlink(missing_ok=True)
            with open(aside, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(secrets.token_hex(32) + "\n")
            aside.rename(path)
        return path

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One `up` or `down` of this home at a time; the lock ends with the process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.home / "stack.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.folder.mkdir(parents=True, exist_ok=True)  # a purge may have come first
            yield


_NO_STATE = State(broker_port=0, controller_port=0, namenode_port=0, http_port=0, cluster_id="")


def _all(kafka: Kafka, hdfs: Hdfs) -> list[Server]:
    return [kafka.server, hdfs.namenode, hdfs.datanode]


def _addresses(kafka: Kafka, hdfs: Hdfs, key_file: Path) -> StackAddresses:
    return StackAddresses(
        bootstrap_servers=kafka.bootstrap_servers,
        hdfs_url=hdfs.url,
        hadoop_conf=hdfs.client_conf,
        key_file=key_file,
    )


def _format_once(java: JavaHome, arguments: Sequence[str], folder: Path, data: Sequence[str]) -> None:
    """Prepare the data folders unless a mark says it was done; begin anew after a cut."""
    mark = folder / "formatted"
    if mark.exists():
        return
    for name in data:
        shutil.rmtree(folder / name, ignore_errors=True)
    command = [str(java.java), *java.options, *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DependencyDown(f"the data folder {folder} could not be prepared", done.stderr[-2000:].strip())
    mark.touch()
