"""All servers of a stack: Kafka and HDFS, and with them the Kerberos center of a secured stack.

The center comes first, since HDFS logs in with keys that it makes. They are new at each of its starts, so
HDFS starts again whenever the center does.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from healthtrends.devstack import artifacts
from healthtrends.devstack.certificates import Certificate
from healthtrends.devstack.hdfs import Hdfs
from healthtrends.devstack.hdfs_kerberos import CLIENT, SERVERS, HdfsKerberos
from healthtrends.devstack.java import JavaHome
from healthtrends.devstack.kafka import Kafka
from healthtrends.devstack.kerberos import Kdc
from healthtrends.devstack.process import Server, environment, wait_ready
from healthtrends.devstack.stack_state import State
from healthtrends.errors import DependencyDown

START = 90.0  # seconds for one server to become usable; a busy small machine needs 20
FORMATTED = "formatted"  # an empty file beside the data folders that were prepared


class Servers:
    """Servers in `folder`, on the ports of a state; nothing is started by itself."""

    def __init__(self, folder: Path, state: State) -> None:
        self.is_secure = state.secure
        self.kdc = Kdc(folder, state.kdc_port, (*SERVERS, CLIENT))
        self.certificate = Certificate(folder / "tls")
        self.kerberos = HdfsKerberos(self.kdc, CLIENT) if state.secure else None
        self.kafka = Kafka(
            folder,
            state.broker_port,
            state.controller_port,
            state.kafka_password,
            self.certificate if state.secure else None,
        )
        self.hdfs = Hdfs(folder, state.namenode_port, state.datanode_port, self.kerberos)
        self._folder = folder

    @property
    def all(self) -> list[Server]:
        """Those that a stack of this kind has."""
        center = [self.kdc.server] if self.is_secure else []
        return [self.kafka.server, *center, *self._of_hdfs]

    @property
    def down(self) -> list[str]:
        """Names of those that do not run."""
        return [server.name for server in self.all if server.process() is None]

    def log_in(self) -> None:
        """Let this process, and its children, be the stack's user of Kerberos, if it asks for one."""
        if self.kerberos is not None:
            os.environ.update(self.kerberos.environ())

    def stop(self) -> bool:
        """Stop what runs, also a center that an other kind of stack left; False when nothing did."""
        # The DataNode first would only make the NameNode wait for its heartbeat: all at once.
        return _stop([self.kafka.server, self.kdc.server, *self._of_hdfs])

    def stop_without_center(self) -> None:
        """Stop an HDFS whose Kerberos center has ended: its keys will not be those of the next one."""
        if self.is_secure and self.kdc.server.process() is None:
            _stop(self._of_hdfs)

    def start(self, java: JavaHome, cache: Path, cluster_id: str) -> None:
        """Start what does not run, and wait until all can be used. The jars are in the cache."""
        lock = artifacts.servers_lock(secure=self.is_secure)
        path = {name: artifacts.class_path(cache, jars) for name, jars in lock.items()}
        given_up = threading.Event()
        with ThreadPoolExecutor(2) as pool:
            started = [
                pool.submit(self._start_kafka, java, path["kafka"], cluster_id, given_up),
                pool.submit(self._start_hdfs, java, path, given_up),
            ]
            try:
                for each in as_completed(started):
                    each.result()
            except BaseException:
                given_up.set()  # Ctrl-C or the failure of one: the wait for the other ends too
                raise

    def wait(self) -> None:
        """Wait until all can be used."""
        wait_ready([self.kafka.server], self.kafka.not_ready, START)
        wait_ready(self._of_hdfs, self.hdfs.not_ready, START)

    @property
    def _of_hdfs(self) -> list[Server]:
        return [self.hdfs.namenode, self.hdfs.datanode]

    def _start_kafka(
        self, java: JavaHome, path: Sequence[Path], cluster_id: str, given_up: threading.Event
    ) -> None:
        kafka = self.kafka
        if self.is_secure and kafka.server.process() is None:  # one that runs shows the files of its start
            self.certificate.renew()
        kafka.configure()
        format_once(java, kafka.format_arguments(path, cluster_id), self._folder / "kafka", ["data"])
        kafka.server.start(java, kafka.arguments(path))
        wait_ready([kafka.server], kafka.not_ready, START, given_up)

    def _start_hdfs(self, java: JavaHome, path: dict[str, list[Path]], given_up: threading.Event) -> None:
        hdfs, jars = self.hdfs, path["hdfs"]
        if self.is_secure and self.kdc.server.process() is None:
            self.kdc.configure()
            self.kdc.server.start(java, self.kdc.arguments(path["kdc"]))
            wait_ready([self.kdc.server], self.kdc.not_ready, START, given_up)
        hdfs.configure()
        format_once(java, hdfs.format_arguments(jars), self._folder / "hdfs", ["name", "data"])
        hdfs.namenode.start(java, hdfs.namenode_arguments(jars))
        hdfs.datanode.start(java, hdfs.datanode_arguments(jars))
        wait_ready(self._of_hdfs, hdfs.not_ready, START, given_up)


def format_once(java: JavaHome, arguments: Sequence[str], folder: Path, data: Sequence[str]) -> None:
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


def _stop(servers: Sequence[Server]) -> bool:
    with ThreadPoolExecutor(len(servers)) as pool:
        return any(list(pool.map(Server.stop, servers)))
