"""HDFS of the local stack: one NameNode and one DataNode, and the clients' configuration folder."""

import contextlib
import http.client
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from healthtrends.config import user_name
from healthtrends.devstack.ports import LOOPBACK, listens
from healthtrends.devstack.process import Server

JVM = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
)
NAMENODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
DATANODE = "org.apache.hadoop.hdfs.server.datanode.DataNode"
ANSWER = 5.0  # seconds to wait for the NameNode's account
PROBE = "/.healthtrends-ready"
BLOCK = 128 << 20  # bytes
CLIENT: dict[str, str | int] = {
    "dfs.replication": 1,
    "dfs.blocksize": BLOCK,
    # With a single DataNode there is no other to replace it by.
    "dfs.client.block.write.replace-datanode-on-failure.policy": "NEVER",
}
# Started together, the DataNode asks before the NameNode listens. By default it gives up after ten tries
# a second apart, then sleeps 5 s.
RETRY: dict[str, str | int] = {
    "ipc.client.connect.retry.interval": 200,
    "ipc.client.connect.max.retries": 500,
}
LOG4J = """\
log4j.rootLogger=WARN, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
# Known and meant here: no native library, one folder, secrets made at each start.
log4j.logger.org.apache.hadoop.util.NativeCodeLoader=ERROR
log4j.logger.org.apache.hadoop.security.authentication.server.AuthenticationFilter=ERROR
log4j.logger.org.apache.hadoop.hdfs.server.namenode.FSNamesystem=ERROR
"""


class Hdfs:
    """Configuration, arguments and checks; the files lie in `folder`/hdfs and `folder`/hadoop-conf."""

    def __init__(self, folder: Path, namenode_port: int, http_port: int) -> None:
        self.namenode = Server("namenode", folder)
        self.datanode = Server("datanode", folder)
        self.url = f"hdfs://{LOOPBACK}:{namenode_port}"
        self.client_conf = folder / "hadoop-conf"
        self._home = folder / "hdfs"
        self._namenode_port = namenode_port
        self._http_port = http_port

    def configure(self) -> None:
        """Write the servers' and the clients' configuration folders."""
        conf = self._home / "conf"
        for part in ("hdfs", "datanode"):
            # The published jars lack the web pages, and the servers do not start without the folders.
            (conf / "webapps" / part / "WEB-INF").mkdir(parents=True, exist_ok=True)
        (conf / "log4j.properties").write_text(LOG4J, encoding="utf-8")
        _write_settings(
            conf / "core-site.xml", {"fs.defaultFS": self.url, "ipc.client.connect.retry.interval": 200}
        )
        _write_settings(conf / "hdfs-site.xml", {**CLIENT, **self._server_settings()})
        self.client_conf.mkdir(parents=True, exist_ok=True)
        _write_settings(self.client_conf / "core-site.xml", {"fs.defaultFS": self.url})
        _write_settings(self.client_conf / "hdfs-site.xml", CLIENT)

    def format_arguments(self, class_path: Sequence[Path]) -> list[str]:
        """Arguments for java to prepare an empty name folder, once."""
        return [*self._jvm(class_path), NAMENODE, "-format", "-force", "-nonInteractive", "-clusterId", "ht"]

    def namenode_arguments(self, class_path: Sequence[Path]) -> list[str]:
        """Arguments for java to run the NameNode."""
        return [*self._jvm(class_path), NAMENODE]

    def datanode_arguments(self, class_path: Sequence[Path]) -> list[str]:
        """Arguments for java to run the DataNode."""
        return [*self._jvm(class_path), DATANODE]

    def _namenode_not_ready(self) -> str:
        """The reason why the NameNode does not answer yet, "" when it does."""
        return "" if listens(self._namenode_port) else f"nothing listens on {self.url}"

    def not_ready(self) -> str:
        """The reason why no file can be written yet, "" when one was created, written and synced."""
        if reason := self._namenode_not_ready() or self._no_datanode():
            return reason
        from hdfs_native import Client, WriteOptions  # noqa: PLC0415  not needed to configure

        options = {key: str(value) for key, value in CLIENT.items()}
        try:
            client = Client(self.url, options)
            file = client.create(PROBE, WriteOptions(overwrite=True))
            file.write(b"ready")
            file.hsync()  # the DataNode has it on disk; a close would only add its half a second
            client.delete(PROBE)
            with contextlib.suppress(FileNotFoundError):
                file.close()  # deleted already: gives back the client's own resources
        except (OSError, RuntimeError) as error:  # the client has no narrower classes
            return str(error).partition("\n")[0]
        return ""

    def setting(self, name: str) -> str | None:
        """A setting as the running servers have it (both read one folder), None when not known.

        Raises OSError when the NameNode does not answer.
        """
        found = re.search(r"<value>(.*?)</value>", self._ask(f"/conf?name={name}"))
        return found[1] if found else None

    def _ask(self, path: str) -> str:
        connection = http.client.HTTPConnection(LOOPBACK, self._http_port, timeout=ANSWER)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except http.client.HTTPException as error:
            raise OSError(f"no answer from {LOOPBACK}:{self._http_port}") from error
        finally:
            connection.close()

    def _no_datanode(self) -> str:
        """The reason why a write cannot succeed: asked first, because the client would retry for long."""
        try:
            account = json.loads(self._ask("/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo"))["beans"][0]
            places = [node["xferaddr"] for node in json.loads(account["LiveNodes"]).values()]
        except (OSError, ValueError, LookupError):
            return f"no account from {LOOPBACK}:{self._http_port}"
        if account["Safemode"]:
            return "HDFS is in safe mode"
        # A DataNode that was killed counts as live for 12 s, under a port that its successor does not have.
        if not any(listens(int(place.rpartition(":")[2])) for place in places):
            return "no DataNode has reported"
        return ""

    def _jvm(self, class_path: Sequence[Path]) -> list[str]:
        return [*JVM, "-cp", ":".join(map(str, [self._home / "conf", *class_path]))]

    def _server_settings(self) -> dict[str, str | int]:
        return {
            "dfs.namenode.name.dir": f"file://{self._home}/name",
            "dfs.datanode.data.dir": f"file://{self._home}/data",
            "dfs.namenode.http-address": f"{LOOPBACK}:{self._http_port}",
            "dfs.datanode.address": f"{LOOPBACK}:0",
            "dfs.datanode.http.address": f"{LOOPBACK}:0",
            "dfs.datanode.ipc.address": f"{LOOPBACK}:0",
            "dfs.datanode.hostname": "localhost",
            "dfs.namenode.datanode.registration.ip-hostname-check": "false",
            "dfs.namenode.safemode.extension": 0,
            "dfs.heartbeat.interval": 1,
            "dfs.namenode.heartbeat.recheck-interval": 1000,  # ms; a dead DataNode is known after 12 s
            "dfs.namenode.stale.datanode.interval": 6000,
            "dfs.datanode.synconclose": "true",
        }


def use_own_name() -> None:
    """Let HDFS clients of this process, and of those it starts, act as the user who runs it.

    The servers belong to this user and know no other, whom HADOOP_USER_NAME may name for a cluster.
    Raises ConfigError when the user has no name.
    """
    user_name("HDFS")
    os.environ.pop("HADOOP_USER_NAME", None)


def _write_settings(path: Path, settings: Mapping[str, str | int]) -> None:
    """One Hadoop configuration file."""
    entries = "".join(
        f"  <property><name>{key}</name><value>{escape(str(value))}</value></property>\n"
        for key, value in settings.items()
    )
    path.write_text(f"<configuration>\n{entries}</configuration>\n", encoding="utf-8")
