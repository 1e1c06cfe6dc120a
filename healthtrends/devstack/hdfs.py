"""HDFS of the local stack: one NameNode and one DataNode, and the clients' configuration folder."""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from healthtrends.config import user_name
from healthtrends.devstack.atomic_files import write_whole
from healthtrends.devstack.free_ports import LOOPBACK, is_listening
from healthtrends.devstack.hdfs_kerberos import HdfsKerberos
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
PROBE = "/.healthtrends-ready"
BLOCK = 128 << 20  # bytes
CLIENT: dict[str, str | int] = {
    "dfs.replication": 1,
    "fs.permissions.umask-mode": "077",
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


# Hadoop's servers have web servers that cannot be left out, and serve files to whoever names a user. Three
# things close them: TLS only, with a key store that holds no key, so that no handshake succeeds; no page for
# anybody, as the DataNode has one more server inside without TLS; and no log folder.
NO_KEYS = "no-keys.jks"
KEY_STORE_WORD = "nothing in it"
NOBODY = """\
<web-app xmlns="http://xmlns.jcp.org/xml/ns/javaee" version="3.1">
  <security-constraint>
    <web-resource-collection>
      <web-resource-name>everything</web-resource-name>
      <url-pattern>/*</url-pattern>
    </web-resource-collection>
    <auth-constraint/>
  </security-constraint>
</web-app>
"""


class Hdfs:
    """Configuration, arguments and checks; the files lie in `folder`/hdfs and `folder`/hadoop-conf."""

    def __init__(
        self, folder: Path, namenode_port: int, datanode_port: int, kerberos: HdfsKerberos | None = None
    ) -> None:
        """With `kerberos`, whose center runs when the servers start, nobody gets in without a ticket."""
        self.namenode = Server("namenode", folder)
        self.datanode = Server("datanode", folder)
        self.url = f"hdfs://{LOOPBACK}:{namenode_port}"
        self.client_conf = folder / "hadoop-conf"
        self._home = folder / "hdfs"
        self._namenode_port = namenode_port
        self._datanode_port = datanode_port
        self._kerberos = kerberos

    def configure(self) -> None:
        """Write the servers' and the clients' configuration folders."""
        conf = self._home / "conf"
        for part in ("hdfs", "datanode"):
            # The published jars lack the web pages, and the servers do not start without the folders.
            write_whole(conf / "webapps" / part / "WEB-INF" / "web.xml", NOBODY.encode())
        write_whole(conf / NO_KEYS, _empty_key_store(KEY_STORE_WORD))
        write_settings(
            conf / "ssl-server.xml",
            {
                "ssl.server.keystore.location": str(conf / NO_KEYS),
                "ssl.server.keystore.password": KEY_STORE_WORD,
                "ssl.server.keystore.keypassword": KEY_STORE_WORD,
            },
        )
        write_whole(conf / "log4j.properties", LOG4J.encode())
        core: dict[str, str | int] = {
            "fs.defaultFS": self.url,
            **(self._kerberos.core() if self._kerberos else {}),
        }
        write_settings(conf / "core-site.xml", {**core, "ipc.client.connect.retry.interval": 200})
        write_settings(conf / "hdfs-site.xml", {**self._client, **self._server_settings()})
        write_settings(self.client_conf / "core-site.xml", core)
        write_settings(self.client_conf / "hdfs-site.xml", self._client)

    def format_arguments(self, class_path: Sequence[Path]) -> list[str]:
        """Arguments for java to prepare an empty name folder, once."""
        return [
            *self._jvm(self.namenode, class_path),
            NAMENODE,
            "-format",
            "-force",
            "-nonInteractive",
            "-clusterId",
            "ht",
        ]

    def namenode_arguments(self, class_path: Sequence[Path]) -> list[str]:
        """Arguments for java to run the NameNode."""
        return [*self._jvm(self.namenode, class_path), NAMENODE]

    def datanode_arguments(self, class_path: Sequence[Path]) -> list[str]:
        """Arguments for java to run the DataNode."""
        return [*self._jvm(self.datanode, class_path), DATANODE]

    def not_ready(self) -> str:
        """The reason why no file can be written yet, "" when one was created, written and synced."""
        if not is_listening(self._namenode_port):
            return f"nothing listens on {self.url}"
        if not is_listening(self._datanode_port):
            return "the DataNode does not listen"  # asked first: a client would retry for long
        from hdfs_native import Client, WriteOptions  # noqa: PLC0415  not needed to configure

        try:
            client = Client(self.url, self.client)
            file = client.create(PROBE, WriteOptions(overwrite=True))
            file.write(b"ready")
            file.hsync()  # the DataNode has it on disk; a close would only add its half a second
            client.delete(PROBE)
            with contextlib.suppress(FileNotFoundError):
                file.close()  # deleted already: gives back the client's own resources
        except (OSError, RuntimeError) as error:  # the client has no narrower classes
            return str(error).partition("\n")[0]
        return ""

    def keep_private(self, folders: Iterable[str]) -> None:
        """Close the file system to other names than the owner's, and each of these folders that exists."""
        from hdfs_native import Client  # noqa: PLC0415  not needed to configure

        client = Client(self.url, self.client)
        for folder in ("/", *folders):
            with contextlib.suppress(FileNotFoundError):
                client.set_permission(folder, 0o700)

    @property
    def client(self) -> dict[str, str]:
        """The Hadoop keys that a client needs beside the address."""
        core = self._kerberos.core() if self._kerberos else {}
        return {key: str(value) for key, value in {**core, **self._client}.items()}

    @property
    def _client(self) -> dict[str, str | int]:
        return {**CLIENT, **(self._kerberos.client() if self._kerberos else {})}

    def setting(self, name: str) -> str | None:
        """A setting as both servers were given it at their start, None when they were not."""
        text = (self._home / "conf" / "hdfs-site.xml").read_text(encoding="utf-8")
        found = re.search(rf"<name>{re.escape(name)}</name><value>(.*?)</value>", text)
        return found[1] if found else None

    def _jvm(self, server: Server, class_path: Sequence[Path]) -> list[str]:
        path = ":".join(map(str, [self._home / "conf", *class_path]))
        options = self._kerberos.jvm_options if self._kerberos else ()
        return [*JVM, *options, *server.temp_options, "-cp", path]

    def _server_settings(self) -> dict[str, str | int]:
        return {
            "dfs.namenode.name.dir": f"file://{self._home}/name",
            "dfs.datanode.data.dir": f"file://{self._home}/data",
            # See `NOBODY`.
            "dfs.http.policy": "HTTPS_ONLY",
            "dfs.namenode.https-address": f"{LOOPBACK}:0",
            "dfs.datanode.https.address": f"{LOOPBACK}:0",
            "hadoop.http.logs.enabled": "false",
            # The same after each start: a NameNode that has not noticed yet sends clients to the right place.
            "dfs.datanode.address": f"{LOOPBACK}:{self._datanode_port}",
            "dfs.datanode.ipc.address": f"{LOOPBACK}:0",
            "dfs.datanode.hostname": "localhost",
            "dfs.namenode.datanode.registration.ip-hostname-check": "false",
            "dfs.namenode.safemode.extension": 0,
            "dfs.heartbeat.interval": 1,
            "dfs.namenode.heartbeat.recheck-interval": 1000,  # ms; a dead DataNode is known after 12 s
            "dfs.namenode.stale.datanode.interval": 6000,
            "dfs.datanode.synconclose": "true",
            "dfs.permissions.enabled": "true",
            **(self._kerberos.server() if self._kerberos else {}),
        }


def use_own_name() -> None:
    """Let HDFS clients of this process, and of those it starts, act as the user who runs it.

    The servers belong to this user and know no other, whom HADOOP_USER_NAME may name for a cluster.
    Raises ConfigError when the user has no name.
    """
    user_name("HDFS")
    os.environ.pop("HADOOP_USER_NAME", None)


def write_settings(path: Path, settings: Mapping[str, str | int]) -> None:
    """One Hadoop configuration file."""
    entries = "".join(
        f"  <property><name>{key}</name><value>{escape(str(value))}</value></property>\n"
        for key, value in settings.items()
    )
    write_whole(path, f"<configuration>\n{entries}</configuration>\n".encode())


def _empty_key_store(password: str) -> bytes:
    """Java's own format: magic number, version 2, no entries, and the digest that guards them."""
    content = bytes.fromhex("feedfeed0000000200000000")
    salted = password.encode("utf-16-be") + b"Mighty Aphrodite" + content
    return content + hashlib.sha1(salted).digest()  # noqa: S324  what the format asks for; there is nothing to guard
