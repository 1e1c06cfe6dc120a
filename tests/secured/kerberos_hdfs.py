"""An HDFS behind Kerberos with every connection encrypted, by the code of the local stack."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
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


class KerberosHdfs:
    """One NameNode and one DataNode; `/pipeline` belongs to the user of the pipeline, all else to others."""

    root = f"/{PIPELINE}"

    def __init__(self, realm: Realm, lock: artifacts.Lock | None = None) -> None:
        """`lock` has the jars under `hdfs`, by default those of the local stack."""
        self.realm = realm
        self.hdfs = Hdfs(realm.folder, *free_ports(2), HdfsKerberos(realm.kdc, OWNER))
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
        path, java, hdfs = artifacts.class_path(cache(), self._lock["hdfs"]), find_java(), self.hdfs
        hdfs.configure()
        format_once(java, hdfs.format_arguments(path), self.realm.folder / "hdfs", ["name", "data"])
        hdfs.namenode.start(java, hdfs.namenode_arguments(path))
        hdfs.datanode.start(java, hdfs.datanode_arguments(path))
        with self.as_owner() as client:
            wait_ready([hdfs.namenode, hdfs.datanode], hdfs.not_ready, START)
            client.mkdirs(self.root, 0o755)
            client.set_owner(self.root, PIPELINE)

    def stop(self) -> None:
        for server in (self.hdfs.namenode, self.hdfs.datanode):
            server.stop()

    @contextmanager
    def as_owner(self) -> Iterator[Client]:
        """Let this process, while in here, be the NameNode's own principal."""
        with patch.dict(os.environ, self.realm.environ(self.realm.folder, NAMENODE)):
            yield Client(self.url, self.client)
