"""An HDFS behind Kerberos with every connection encrypted, by the code of the local stack."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from hdfs_native import Client

from healthtrends.config import cache
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack.free_ports import free_ports
from healthtrends.devstack.hdfs import Hdfs
from healthtrends.devstack.hdfs_kerberos import NAMENODE, HdfsKerberos
from healthtrends.devstack.java import find_java
from healthtrends.devstack.process import wait_ready
from healthtrends.devstack.servers import format_once
from tests.secured.realm import OWNER, PIPELINE, START, Realm

# A DataNode whose ticket is old would wait a minute for another.
_LOGIN_AGAIN = "hadoop.kerberos.min.seconds.before.relogin=1"


class KerberosHdfs:
    """One NameNode and one DataNode; `/pipeline` belongs to the user of the pipeline, all else to others."""

    root = f"/{PIPELINE}"

    def __init__(self, realm: Realm, lock: artifacts.Lock | None = None) -> None:
        """`lock` has the jars under `hdfs`, by default those of the local stack."""
        self.realm = realm
        kerberos = HdfsKerberos(realm.kdc, OWNER)
        self.java_options = kerberos.jvm_options
        """By which any Java finds the realm."""
        self.hdfs = Hdfs(realm.folder, *free_ports(2), kerberos)
        self._lock = lock or artifacts.load_lock()

    @property
    def url(self) -> str:
        return self.hdfs.url

    @property
    def client(self) -> dict[str, str]:
        """Keys for `[hdfs.client]`."""
        return self.hdfs.client

    def start(self) -> None:
        """Return when a file can be written."""
        jar_download.fetch(cache(), {"hdfs": self._lock["hdfs"]})
        self.hdfs.configure()
        arguments = self.hdfs.format_arguments(self._path)
        format_once(find_java(), arguments, self.realm.folder / "hdfs", ["name", "data"])
        self._run()
        with self.as_owner() as client:
            client.mkdirs(self.root, 0o755)
            client.set_owner(self.root, PIPELINE)

    def restart_namenode(self) -> None:
        """End its connections, all of them; who comes back has to log in."""
        process = self.hdfs.namenode.process()
        assert process is not None
        process.kill()
        process.wait(30)
        self._run()

    def stop(self) -> None:
        for server in (self.hdfs.namenode, self.hdfs.datanode):
            server.stop()

    def _run(self) -> None:
        """Start what does not run; return when a file can be written."""
        java, hdfs = find_java(), self.hdfs
        hdfs.namenode.start(java, hdfs.namenode_arguments(self._path))
        hdfs.datanode.start(java, [*hdfs.datanode_arguments(self._path), "-D", _LOGIN_AGAIN])
        with self.as_owner():
            wait_ready([hdfs.namenode, hdfs.datanode], hdfs.not_ready, START)

    @property
    def _path(self) -> list[Path]:
        return artifacts.class_path(cache(), self._lock["hdfs"])

    @contextmanager
    def as_owner(self) -> Iterator[Client]:
        """Let this process, while in here, be the NameNode's own principal."""
        with patch.dict(os.environ, self.realm.environ(self.realm.folder, NAMENODE)):
            yield Client(self.url, self.client)
