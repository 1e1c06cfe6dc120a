"""The local stack as a whole: up, down, status.

Its folder is `home`/stack: `state.json` (ports and ids, chosen once), `run` (process files), `log`,
and the servers' data. A lock file lets one `up` or `down` at a time through; the servers know
nothing of it and go on without any command running.
"""

import fcntl
import secrets
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import msgspec

from healthtrends import clock
from healthtrends.config import check_trusted
from healthtrends.config.permissions import OURS, check_own, close_to_others, keep_private, make_folders
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack import stack_state as states
from healthtrends.devstack.atomic_files import open_own, write_whole
from healthtrends.devstack.hdfs import Hdfs, use_own_name
from healthtrends.devstack.java import JavaHome, find_java
from healthtrends.devstack.kafka import Kafka, write_properties
from healthtrends.devstack.plain_path import make_link, server_path
from healthtrends.devstack.process import Server, environment, wait_ready
from healthtrends.errors import ConfigError, DependencyDown
from healthtrends.observe import event

START = 90.0  # seconds for one server to become usable; a busy small machine needs 20
FORMATTED = "formatted"  # an empty file beside the data folders that were prepared

Report = Callable[[str], None]
Jars = tuple[artifacts.Artifact, ...]


class StackAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses and files that a pipeline needs to use the stack.

    `hadoop_conf` is a folder for HADOOP_CONF_DIR, `key_file` holds the pseudonym key, `kafka_client` the
    librdkafka keys that a client of the broker needs beside its address, `kafka_client_file` a file of both.
    """

    bootstrap_servers: str
    kafka_client: dict[str, str] = {}
    kafka_client_file: Path
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


class LocalStack:
    """Real Kafka and HDFS of one home; any number of stacks may run side by side."""

    def __init__(self, home: Path, cache: Path) -> None:
        self.home = home.absolute()
        self.cache = cache.absolute()
        self.folder = self.home / "stack"
        self._server_folder = server_path(self.folder, self.cache)

    def up(self, report: Report, private: Sequence[str] = ()) -> StackAddresses:
        """Start what does not run, wait until all is usable, make the key when missing.

        `private` are folders on HDFS that an older version left open; a start closes them.
        `report` gets a line for each thing done; nothing is reported when all was well already.
        Raises DependencyDown when a jar, a Java, a port or a server is missing.
        """
        use_own_name()
        with self._locked():
            self._key(report)
            kafka, hdfs = self._started(report, private)
            write_properties(self.client_file, {"bootstrap.servers": kafka.bootstrap_servers, **kafka.client})
        return self._addresses(kafka, hdfs)

    def down(self, purge: bool = False) -> bool:
        """Stop all servers. False when none was running.

        `purge` removes all that the home holds too, but the pseudonym key: data elsewhere may need it.
        """
        check_own(self.home)
        if not (self.folder.exists() or (purge and self.home.exists())):
            return False
        with self._locked():
            stopped = _stop_all(*self.servers(states.NONE))  # the process files suffice
            if purge:
                self._purge()
        return stopped

    def _purge(self) -> None:
        self.client_file.unlink(missing_ok=True)
        for name in OURS:
            if (found := self.home / name).is_dir() and found != self.key_file.parent:
                shutil.rmtree(found)
        if self._server_folder != self.folder:
            self._server_folder.unlink()

    def status(self) -> StackStatus:
        """Running servers and their addresses. Raises ConfigError for a home of somebody else."""
        check_own(self.home)
        state = states.load(self.folder)
        kafka, hdfs = self.servers(state)
        found = {server.name: server.process() for server in _all(kafka, hdfs)}
        return StackStatus(
            home=self.home,
            running=all(found.values()),
            servers={name: process.pid if process else None for name, process in found.items()},
            addresses=self._addresses(kafka, hdfs) if state else None,
        )

    def servers(self, state: states.State | None = None) -> tuple[Kafka, Hdfs]:
        """Kafka and HDFS on the ports of `state`, by default of the state kept; nothing is started."""
        state = state or states.load(self.folder) or states.NONE
        return (
            Kafka(self._server_folder, state.broker_port, state.controller_port, state.kafka_password),
            Hdfs(self._server_folder, state.namenode_port, state.datanode_port),
        )

    @property
    def key_file(self) -> Path:
        """The pseudonym key that `up` makes: 32 random bytes as hex, for its owner's eyes only."""
        return self.home / "keys" / "pseudonym.key"

    @property
    def client_file(self) -> Path:
        """The librdkafka keys, address included, by which other programs open a client of Kafka."""
        return self.home / "keys" / "kafka-client.properties"

    def _addresses(self, kafka: Kafka, hdfs: Hdfs) -> StackAddresses:
        return StackAddresses(
            bootstrap_servers=kafka.bootstrap_servers,
            kafka_client=kafka.client,
            kafka_client_file=self.client_file,
            hdfs_url=hdfs.url,
            hadoop_conf=hdfs.client_conf,
            key_file=self.key_file,
        )

    def _started(self, report: Report, private: Sequence[str]) -> tuple[Kafka, Hdfs]:
        """All servers, those that did not run started, all usable."""
        state = states.load(self.folder) or states.save(self.folder, states.chosen())
        kafka, hdfs = self.servers(state)
        if not state.kafka_password:
            state = self._with_password(state, report)
            kafka, hdfs = self.servers(state)
        down = [server.name for server in _all(kafka, hdfs) if server.process() is None]
        if not down:
            self._wait(kafka, hdfs)
            return kafka, hdfs
        began = clock.monotonic()
        lock = artifacts.load_lock()
        jar_download.fetch(self.cache, lock)
        java = find_java()
        state = self._with_free_ports(state, down, report)
        kafka, hdfs = self.servers(state)
        report(f"starting {', '.join(down)} on Java {java.version} ({java.source})")
        self._start(kafka, hdfs, java, state.cluster_id, lock)
        hdfs.keep_private(private)
        report(f"ready after {clock.monotonic() - began:.1f} s")
        return kafka, hdfs

    def _with_password(self, state: states.State, report: Report) -> states.State:
        """End servers of a version that let every local user in; they start again with their data."""
        if _stop_all(*self.servers(state)):
            report("stopped the servers of an older version, which every local user could reach")
        close_to_others(self.folder)  # also what they wrote at their end
        return states.save(self.folder, msgspec.structs.replace(state, kafka_password=states.new_password()))

    def _with_free_ports(self, state: states.State, down: Sequence[str], report: Report) -> states.State:
        found, lines = states.moved(state, down, holds_files=self._holds_files())
        for line in lines:
            report(line)
        return states.save(self.folder, found)

    def _holds_files(self) -> bool:
        return (self.folder / "hdfs" / FORMATTED).exists()

    def _start(self, kafka: Kafka, hdfs: Hdfs, java: JavaHome, cluster_id: str, lock: artifacts.Lock) -> None:
        kafka.configure()
        hdfs.configure()
        given_up = threading.Event()
        with ThreadPoolExecutor(2) as pool:
            started = [
                pool.submit(self._start_kafka, kafka, java, cluster_id, lock["kafka"], given_up),
                pool.submit(self._start_hdfs, hdfs, java, lock["hdfs"], given_up),
            ]
            try:
                for each in as_completed(started):
                    each.result()
            except BaseException:
                given_up.set()  # Ctrl-C or the failure of one: the wait for the other ends too
                raise

    def _wait(self, kafka: Kafka, hdfs: Hdfs) -> None:
        wait_ready([kafka.server], kafka.not_ready, START)
        wait_ready([hdfs.namenode, hdfs.datanode], hdfs.not_ready, START)

    def _start_kafka(
        self, kafka: Kafka, java: JavaHome, cluster_id: str, locked: Jars, given_up: threading.Event
    ) -> None:
        path = artifacts.class_path(self.cache, locked)
        _format_once(java, kafka.format_arguments(path, cluster_id), self.folder / "kafka", ["data"])
        kafka.server.start(java, kafka.arguments(path))
        wait_ready([kafka.server], kafka.not_ready, START, given_up)

    def _start_hdfs(self, hdfs: Hdfs, java: JavaHome, locked: Jars, given_up: threading.Event) -> None:
        path = artifacts.class_path(self.cache, locked)
        _format_once(java, hdfs.format_arguments(path), self.folder / "hdfs", ["name", "data"])
        hdfs.namenode.start(java, hdfs.namenode_arguments(path))
        hdfs.datanode.start(java, hdfs.datanode_arguments(path))
        wait_ready([hdfs.namenode, hdfs.datanode], hdfs.not_ready, START, given_up)

    def _key(self, report: Report) -> None:
        if not self.key_file.exists():
            if self._holds_files():
                report(
                    f"the key {self.key_file} is gone: with a new one, ids will not match those stored before"
                )
            write_whole(self.key_file, secrets.token_hex(32).encode() + b"\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One `up` or `down` of this home at a time; the lock ends with the process.

        Raises ConfigError for a home that others own or may write: what they put there would run here.
        """
        check_own(self.home)
        check_trusted(self.home, "the folder of the local stack")
        check_trusted(self.cache, "the folder of the fetched jars")
        try:
            keep_private(self.home)
            make_folders(self.folder)
        except OSError as error:
            raise ConfigError(
                f"{self.folder} cannot be made",
                error.strerror or "",
                "set HEALTHTRENDS_HOME to a folder of your own",
            ) from error
        make_link(self._server_folder, self.folder)
        with open_own(self.home / "stack.lock") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                event("stack.wait", reason="another command starts or stops it", home=str(self.home))
                fcntl.flock(file, fcntl.LOCK_EX)
            make_folders(self.folder)  # a purge may have come first
            yield


def _all(kafka: Kafka, hdfs: Hdfs) -> list[Server]:
    return [kafka.server, hdfs.namenode, hdfs.datanode]


def _stop_all(kafka: Kafka, hdfs: Hdfs) -> bool:
    """Stop what runs; False when nothing did."""
    with ThreadPoolExecutor(3) as pool:
        # The DataNode first would only make the NameNode wait for its heartbeat: all at once.
        return any(list(pool.map(Server.stop, _all(kafka, hdfs))))


def _format_once(java: JavaHome, arguments: Sequence[str], folder: Path, data: Sequence[str]) -> None:
    """Prepare the data folders unless a mark says it was done; begin anew after a cut."""
    mark = folder / FORMATTED
    if mark.exists():
        return
    for name in data:
        shutil.rmtree(folder / name, ignore_errors=True)
    command = [str(java.java), *java.options, *arguments]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=False, umask=0o077
    )
    if done.returncode:
        raise DependencyDown(f"the data folder {folder} could not be prepared", done.stderr[-2000:].strip())
    mark.touch(mode=0o600)
