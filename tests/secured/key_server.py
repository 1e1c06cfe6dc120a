"""Hadoop's key server (KMS) of a test, on loopback: it gives out the keys of encryption zones."""

from pathlib import Path

import msgspec

from healthtrends.config import cache
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack.free_ports import LOOPBACK, free_ports
from healthtrends.devstack.hdfs import LOG4J, write_settings
from healthtrends.devstack.java import find_java
from healthtrends.devstack.process import Server, wait_ready
from tests.cluster.web import told
from tests.faults.hadoop_tools import run_hadoop

MAIN = "org.apache.hadoop.crypto.key.kms.server.KMSWebServer"
KEYS = "org.apache.hadoop.crypto.key.KeyShell"
# Its XML library writes classes into the loader of Java itself.
OPENS = ("--add-opens", "java.base/java.lang=ALL-UNNAMED")
JVM = ("-Xmx256m", "-XX:+UseSerialGC", "-Djava.awt.headless=true", *OPENS)
START = 120.0
_LOCK = Path(__file__).with_name("kms.lock.json")
_RIGHTS = ("MANAGEMENT", "GENERATE_EEK", "DECRYPT_EEK", "READ")


class KeyServer:
    """A key server below `folder`, whose keys everybody may use, but for those given away."""

    def __init__(self, folder: Path, given_away: str) -> None:
        """Nobody may decrypt with the key `given_away`."""
        self._conf, self._folder = folder / "conf", folder
        self._theirs = f"key.acl.{given_away}"
        self._port = free_ports(1)[0]
        self._server = Server("kms", folder)
        self._jars = msgspec.json.decode(_LOCK.read_bytes(), type=artifacts.Lock)["kms"]

    @property
    def url(self) -> str:
        """For `hadoop.security.key.provider.path`."""
        return f"kms://http@{LOOPBACK}:{self._port}/kms"

    def start(self) -> None:
        """Start it, or start it again with the same keys; return when it answers."""
        jar_download.fetch(cache(), {"kms": self._jars})
        self._configure()
        path = ":".join(map(str, [self._conf, *artifacts.class_path(cache(), self._jars)]))
        log4j = (self._conf / "log4j.properties").as_uri()
        options = [f"-Dkms.config.dir={self._conf}", f"-Dlog4j.configuration={log4j}"]
        self._server.start(find_java(), [*JVM, *self._server.temp_options, *options, "-cp", path, MAIN])
        wait_ready([self._server], self._not_ready, START)

    def _not_ready(self) -> str:
        """It listens before it answers."""
        return "no answer" if told(self._port, "/kms/v1/keys/names?user.name=tests") is None else ""

    def stop(self) -> None:
        """Stop it; its keys stay."""
        self._server.stop()

    def create_key(self, name: str) -> None:
        """Make a key."""
        path = artifacts.class_path(cache(), self._jars)
        run_hadoop(self._conf, path, KEYS, "create", name, "-provider", self.url)

    def _configure(self) -> None:
        self._conf.mkdir(parents=True, exist_ok=True)
        (self._conf / "log4j.properties").write_text(LOG4J, encoding="utf-8")
        site = {
            "hadoop.kms.http.host": LOOPBACK,
            "hadoop.kms.http.port": self._port,
            "hadoop.kms.key.provider.uri": f"jceks://file@{self._folder}/keys.jceks",
        }
        write_settings(self._conf / "core-site.xml", {})  # the server asks for the file
        write_settings(self._conf / "kms-site.xml", site)
        rights = {f"{of}.{right}": "*" for of in ("default.key.acl", self._theirs) for right in _RIGHTS}
        write_settings(self._conf / "kms-acls.xml", {**rights, f"{self._theirs}.DECRYPT_EEK": "nobody"})
