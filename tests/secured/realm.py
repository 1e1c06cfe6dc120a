"""A Kerberos realm for tests, and what a process needs to be somebody in it."""

from pathlib import Path

from healthtrends.config import cache
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack.free_ports import free_ports
from healthtrends.devstack.hdfs_kerberos import SERVERS
from healthtrends.devstack.java import find_java
from healthtrends.devstack.kerberos import Kdc, client_conf
from healthtrends.devstack.process import wait_ready

OWNER = "hdfs"
"""The superuser of HDFS."""
PIPELINE = "pipeline"
STRANGER = "stranger"
RESOURCE_MANAGER, NODE_MANAGER = "rm/localhost", "nm/localhost"
KAFKA = "kafka/localhost"
START = 60.0


class Realm:
    """A running center with principals for servers, of YARN and Kafka too, and for two users."""

    def __init__(self, folder: Path, ticket_seconds: int = 24 * 3600) -> None:
        self.folder = folder
        self.port = free_ports(1)[0]
        services = (*SERVERS, RESOURCE_MANAGER, NODE_MANAGER, KAFKA)
        self.kdc = Kdc(folder, self.port, (*services, PIPELINE, STRANGER), ticket_seconds)

    def start(self) -> None:
        """Start it, or start it again, with new keys."""
        lock = artifacts.load_lock(artifacts.KDC_LOCK_NAME)
        jar_download.fetch(cache(), lock)
        self.kdc.configure()
        self.kdc.server.start(find_java(), self.kdc.arguments(artifacts.class_path(cache(), lock["kdc"])))
        wait_ready([self.kdc.server], self.kdc.not_ready, START)

    def stop(self) -> None:
        self.kdc.server.stop()

    def environ(self, folder: Path, principal: str | None = PIPELINE) -> dict[str, str]:
        """Variables of a process that is `principal` by its keytab; None: one that has no ticket.

        Tickets are kept in `folder`.
        """
        given = {"KRB5_CONFIG": str(self.kdc.krb5_conf), "KRB5CCNAME": f"FILE:{folder / 'tickets'}"}
        # Named as well where there is none: the machine may have one in its usual place.
        keytab = self.kdc.keytab(principal) if principal else folder / "no.keytab"
        return {**given, "KRB5_CLIENT_KTNAME": f"FILE:{keytab}"}

    def write_conf(self, path: Path, port: int) -> Path:
        """Write a `krb5.conf` that looks for the center on another port."""
        path.write_text(client_conf(port), "utf-8")
        return path
