"""An HDFS of several servers on loopback, without containers: two NameNodes with JournalNodes, or one alone.

The servers run as those of the local stack do. There is no ZooKeeper: `fail_over` does what an administrator
would, by Hadoop's own command.
"""

import json
import shutil
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

import psutil
from hdfs_native import Client, WriteOptions

from healthtrends.config import cache
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack.atomic_files import write_whole
from healthtrends.devstack.free_ports import LOOPBACK, free_ports, is_listening
from healthtrends.devstack.hdfs import DATANODE, JVM, LOG4J, NAMENODE, write_settings
from healthtrends.devstack.java import find_java
from healthtrends.devstack.process import Server, wait_ready
from tests.faults.hadoop_tools import HAADMIN, run_hadoop
from tests.faults.sandbox import HDFS_CLIENT, HDFS_URL

JOURNALNODE = "org.apache.hadoop.hdfs.qjournal.server.JournalNode"
SERVICE = "hospital"
START = 120.0  # seconds, on a busy machine
_ANSWER = 5.0
_MAINS = {"nn": NAMENODE, "dn": DATANODE, "jn": JOURNALNODE}
_PROVIDER = "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider"


class HdfsCluster:
    """A cluster below `folder`: nn1, nn2, jn1 to jn3, dn1 and so on; one NameNode needs no JournalNodes."""

    def __init__(
        self,
        folder: Path,
        *,
        namenodes: int = 2,
        datanodes: int = 2,
        jars: artifacts.Lock | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`jars` are those of the local stack when none are given, `settings` more of `core-site.xml`."""
        self._folder, self._conf = folder, folder / "conf"
        self._jars = (jars or artifacts.load_lock())["hdfs"]
        self._path = artifacts.class_path(cache(), self._jars)
        self._settings = settings
        self.namenodes = [f"nn{n + 1}" for n in range(namenodes)]
        self.journalnodes = [f"jn{n + 1}" for n in range(3 if namenodes > 1 else 0)]
        self.datanodes = [f"dn{n + 1}" for n in range(datanodes)]
        names = [*self.journalnodes, *self.namenodes, *self.datanodes]
        self._ports = dict(zip(names, free_ports(len(names)), strict=True))
        self._web = dict(zip(self.namenodes, free_ports(namenodes), strict=True))
        self._servers = {name: Server(name, folder) for name in names}
        self.promoted = self.namenodes[0]
        """Name of the NameNode that was made active last."""

    @property
    def url(self) -> str:
        """For `hdfs.url`."""
        return f"hdfs://{SERVICE}" if self.journalnodes else f"hdfs://{self._address('nn1')}"

    @property
    def client(self) -> dict[str, str]:
        """Keys for `[hdfs.client]`: those of docs/how-to/own-cluster.md."""
        if not self.journalnodes:
            return {}
        key = f"dfs.namenode.rpc-address.{SERVICE}"
        return {
            "dfs.nameservices": SERVICE,
            f"dfs.ha.namenodes.{SERVICE}": ",".join(self.namenodes),
            **{f"{key}.{name}": self._address(name) for name in self.namenodes},
            f"dfs.client.failover.proxy.provider.{SERVICE}": _PROVIDER,
        }

    @property
    def environ(self) -> dict[str, str]:
        """For the environment of a command."""
        return {HDFS_URL: self.url, HDFS_CLIENT: json.dumps(self.client)}

    def start(self) -> None:
        """Format, start all, and return when files can be written."""
        jar_download.fetch(cache(), {"hdfs": self._jars})
        self._configure()
        self._start(self.journalnodes)
        wait_ready([self._servers[name] for name in self.journalnodes], self._journals_missing, START)
        main, *options = self._arguments("nn1")
        run_hadoop(self._conf, self._path, main, *options, "-format", "-nonInteractive", "-clusterId", "ht")
        for other in self.namenodes[1:]:
            shutil.copytree(self._folder / "nn1" / "name", self._folder / other / "name")
        self.restore()

    def stop(self) -> None:
        """End all that still run, what hangs included."""
        for name, server in self._servers.items():
            if server.process():
                self.kill(name)

    def restore(self) -> None:
        """Start all that do not run; return when one NameNode is active, and all DataNodes are there."""
        for name in self.namenodes:
            if name != self.promoted and self._facts(name, "NameNodeStatus").get("State") == "active":
                self.kill(name)  # it hung when the other one took over
        self._start(name for name, server in self._servers.items() if server.process() is None)
        servers = list(self._servers.values())
        wait_ready(servers, self._datanodes_missing, START)
        if self.journalnodes and self.active() is None:
            self.promoted = self.namenodes[0]
            self.admin(HAADMIN, "-transitionToActive", self.promoted)
        wait_ready(servers, self._not_writable, START)

    def active(self) -> str | None:
        """Name of a NameNode that says it is active; None when none does."""
        states = {name: self._facts(name, "NameNodeStatus").get("State") for name in self.namenodes}
        return next((name for name, state in states.items() if state == "active"), None)

    def fail_over(self) -> None:
        """Make the other NameNode active, whatever has become of the active one."""
        (new,) = set(self.namenodes) - {self.promoted}
        self.admin(HAADMIN, "-failover", self.promoted, new)
        self.promoted = new

    def admin(self, tool: str, *arguments: str) -> str:
        """Run one of Hadoop's tools as the superuser; what it prints."""
        return run_hadoop(self._conf, self._path, tool, *arguments)

    def holds(self, content: bytes) -> bool:
        """Whether it stands so on the disk of a DataNode."""
        blocks = [file for name in self.datanodes for file in (self._folder / name).rglob("blk_*")]
        return any(content in file.read_bytes() for file in blocks)

    def kill(self, name: str) -> None:
        """End one server as a power cut would; it is gone on return."""
        process = self._process(name)
        process.kill()
        with suppress(psutil.NoSuchProcess):
            process.wait(30)

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Let one server, while in here, be dead."""
        self.kill(name)
        try:
            yield
        finally:
            self.restore()

    @contextmanager
    def hanging(self, name: str) -> Iterator[None]:
        """Let one server, while in here, do nothing at all, its connections open."""
        process = self._process(name)
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    def _process(self, name: str) -> psutil.Process:
        found = self._servers[name].process()
        assert found is not None, name
        return found

    def _address(self, name: str) -> str:
        return f"{LOOPBACK}:{self._ports[name]}"

    def _start(self, names: Iterable[str]) -> None:
        java = find_java()
        path = ":".join(map(str, [self._conf, *self._path]))
        for name in names:
            server = self._servers[name]
            server.start(java, [*JVM, *server.temp_options, "-cp", path, *self._arguments(name)])

    def _arguments(self, name: str) -> list[str]:
        """Main class of a server, and what it has for itself."""
        return [_MAINS[name[:2]], *(f"-D{key}={value}" for key, value in self._own(name).items())]

    def _own(self, name: str) -> Mapping[str, str]:
        folder = self._folder / name
        if name in self.namenodes:
            identity = {"dfs.ha.namenode.id": name} if self.journalnodes else {}
            return {"dfs.namenode.name.dir": f"file://{folder}/name", **identity}
        if name in self.journalnodes:
            return {
                "dfs.journalnode.edits.dir": f"{folder}/edits",
                "dfs.journalnode.rpc-address": self._address(name),
            }
        return {"dfs.datanode.data.dir": f"file://{folder}/data", "dfs.datanode.address": self._address(name)}

    def _configure(self) -> None:
        """Write the one folder of settings that all servers and tools share."""
        for part in ("hdfs", "datanode", "journal"):
            (self._conf / "webapps" / part / "WEB-INF").mkdir(parents=True)
        write_whole(self._conf / "log4j.properties", LOG4J.encode())
        write_settings(
            self._conf / "core-site.xml",
            {"fs.defaultFS": self.url, "ipc.client.connect.retry.interval": 200, **self._settings},
        )
        write_settings(
            self._conf / "hdfs-site.xml", {**self.client, **self._common(), **self._web_addresses()}
        )

    def _web_addresses(self) -> dict[str, str]:
        tail = (lambda name: f".{SERVICE}.{name}") if self.journalnodes else (lambda _: "")
        return {
            f"dfs.namenode.http-address{tail(name)}": f"{LOOPBACK}:{port}" for name, port in self._web.items()
        }

    def _common(self) -> dict[str, str | int]:
        journals = ";".join(map(self._address, self.journalnodes))
        of_two = {
            "dfs.namenode.shared.edits.dir": f"qjournal://{journals}/{SERVICE}",
            # Only the JournalNodes keep the old one from writing.
            "dfs.ha.fencing.methods": "shell(/bin/true)",
            "dfs.ha.log-roll.period": 5,  # a JournalNode that was away joins in at the next roll
            "dfs.ha.tail-edits.period": 1,
            "dfs.journalnode.http-address": f"{LOOPBACK}:0",
        }
        return {
            "dfs.replication": min(2, len(self.datanodes)),
            "dfs.datanode.http.address": f"{LOOPBACK}:0",
            "dfs.datanode.ipc.address": f"{LOOPBACK}:0",
            "dfs.datanode.hostname": "localhost",
            "dfs.namenode.datanode.registration.ip-hostname-check": "false",
            "dfs.namenode.safemode.extension": 0,
            "dfs.heartbeat.interval": 1,
            "dfs.namenode.heartbeat.recheck-interval": 1000,  # ms; a dead DataNode is known after 12 s
            **(of_two if self.journalnodes else {}),
        }

    def _journals_missing(self) -> str:
        return next((name for name in self.journalnodes if not is_listening(self._ports[name])), "")

    def _datanodes_missing(self) -> str:
        """Why not all NameNodes have seen all DataNodes; "" when they have."""
        for name in self.namenodes:
            facts = self._facts(name, "NameNodeInfo")
            if facts.get("Safemode", "no answer"):
                return f"{name}: {facts.get('Safemode', 'no answer')}"
            known = len(json.loads(facts["LiveNodes"]))
            if known < len(self.datanodes):
                return f"{name} knows {known} DataNodes"
        return ""

    def _not_writable(self) -> str:
        try:
            client = Client(self.url, self.client)
            with client.create("/.ready", WriteOptions(overwrite=True)) as file:
                file.write(b"ready")
        except (OSError, RuntimeError) as error:
            return str(error)
        return ""

    def _facts(self, name: str, bean: str) -> dict[str, str]:
        """What a NameNode says of itself; empty when it says nothing."""
        query = f"http://{LOOPBACK}:{self._web[name]}/jmx?qry=Hadoop:service=NameNode,name={bean}"
        try:
            with urllib.request.urlopen(query, timeout=_ANSWER) as answer:
                return (json.load(answer)["beans"] or [{}])[0]
        except OSError:
            return {}


@contextmanager
def running(
    *,
    namenodes: int = 2,
    datanodes: int = 2,
    jars: artifacts.Lock | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[HdfsCluster]:
    """Run a cluster in a folder of its own; both are gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ht-"))
    cluster = HdfsCluster(folder, namenodes=namenodes, datanodes=datanodes, jars=jars, settings=settings)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)
