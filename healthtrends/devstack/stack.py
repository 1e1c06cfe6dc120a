"""The local stack as a whole: up, down, status.

Its folder is `home`/stack: `state.json` (ports and ids, chosen once), `run` (process files), `log`,
and the servers' data. A lock file lets one `up` or `down` at a time through; the servers know
nothing of it and go on without any command running.
"""

import fcntl
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from healthtrends import clock
from healthtrends.config import check_trusted
from healthtrends.config.kerberos_library import check_library
from healthtrends.config.permissions import OURS, check_own, close_to_others, keep_private, make_folders
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack import stack_state as states
from healthtrends.devstack.atomic_files import open_own, write_whole
from healthtrends.devstack.hdfs import use_own_name
from healthtrends.devstack.java import find_java
from healthtrends.devstack.kafka import write_properties
from healthtrends.devstack.plain_path import make_link, server_path
from healthtrends.devstack.servers import FORMATTED, Servers
from healthtrends.errors import ConfigError
from healthtrends.observe import event

Report = Callable[[str], None]


class StackAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses and files that a pipeline needs to use the stack.

    `hadoop_conf` is a folder for HADOOP_CONF_DIR, `key_file` holds the pseudonym key, `kafka_client` the
    librdkafka keys that a client of the broker needs beside its address, `kafka_client_file` a file of both.
    With Kerberos, `is_secure`, a client of HDFS needs `hdfs_client`, one of Spark `spark_conf`, too, and each
    process the variables `environ`, none of which is a secret.
    """

    bootstrap_servers: str
    kafka_client: dict[str, str] = {}
    kafka_client_file: Path
    hdfs_url: str
    hdfs_client: dict[str, str] = {}
    hadoop_conf: Path
    spark_conf: dict[str, str] = {}
    environ: dict[str, str] = {}
    key_file: Path
    is_secure: bool = False


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

    def up(
        self, report: Report, private: Sequence[str] = (), *, secure: bool | None = None
    ) -> StackAddresses:
        """Start what does not run, wait until all is usable, make the key when missing.

        `private` are folders on HDFS that an older version left open; a start closes them.
        `secure`: with Kerberos and TLS or without; None: as this home is, a new one without.
        `report` gets a line for each thing done; nothing is reported when all was well already.
        Raises DependencyDown when a jar, a Java, a port or a server is missing.
        """
        use_own_name()
        kept = states.load(self.folder)
        secure = bool(kept and kept.secure) if secure is None else secure
        if secure:
            check_library()
        with self._locked():
            self._key(report)
            servers = self._started(self._state_of_kind(secure, report), report, private)
            write_properties(
                self.client_file,
                {"bootstrap.servers": servers.kafka.bootstrap_servers, **servers.kafka.client},
            )
        return self._addresses(servers)

    def down(self, purge: bool = False) -> bool:
        """Stop all servers. False when none was running.

        `purge` removes all that the home holds too, but the pseudonym key: data elsewhere may need it.
        """
        check_own(self.home)
        if not (self.folder.exists() or (purge and self.home.exists())):
            return False
        with self._locked():
            stopped = self.servers(states.NONE).stop()  # the process files suffice
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
        servers = self.servers(state)
        found = {server.name: server.process() for server in servers.all}
        return StackStatus(
            home=self.home,
            running=all(found.values()),
            servers={name: process.pid if process else None for name, process in found.items()},
            addresses=self._addresses(servers) if state else None,
        )

    def servers(self, state: states.State | None = None) -> Servers:
        """Servers on the ports of `state`, by default of the state kept; nothing is started."""
        return Servers(self._server_folder, state or states.load(self.folder) or states.NONE)

    @property
    def key_file(self) -> Path:
        """The pseudonym key that `up` makes: 32 random bytes as hex, for its owner's eyes only."""
        return self.home / "keys" / "pseudonym.key"

    @property
    def client_file(self) -> Path:
        """The librdkafka keys, address included, by which other programs open a client of Kafka."""
        return self.home / "keys" / "kafka-client.properties"

    def _addresses(self, servers: Servers) -> StackAddresses:
        kafka, hdfs, kerberos = servers.kafka, servers.hdfs, servers.kerberos
        return StackAddresses(
            bootstrap_servers=kafka.bootstrap_servers,
            kafka_client=kafka.client,
            kafka_client_file=self.client_file,
            hdfs_url=hdfs.url,
            hdfs_client=kerberos.client_keys() if kerberos else {},
            hadoop_conf=hdfs.client_conf,
            spark_conf=kerberos.spark() if kerberos else {},
            environ=kerberos.environ() if kerberos else {},
            key_file=self.key_file,
            is_secure=servers.is_secure,
        )

    def _state_of_kind(self, secure: bool, report: Report) -> states.State:
        """The state kept, or a new one; servers of the other kind end, to start again with their data."""
        kept = states.load(self.folder)
        if kept is None:
            return states.save(self.folder, states.chosen(secure=secure))
        if kept.secure == secure and kept.kafka_password:
            return kept
        was_running = self.servers(kept).stop()
        if not kept.kafka_password:
            if was_running:
                report("stopped the servers of an older version, which every local user could reach")
            close_to_others(self.folder)  # also what they wrote at their end
        if kept.secure != secure:
            kind = "with Kerberos and TLS" if secure else "without Kerberos and TLS"
            report(f"from now on {kind}: the data stay, other programs need new settings")
        return states.save(self.folder, states.changed(kept, secure=secure))

    def _started(self, state: states.State, report: Report, private: Sequence[str]) -> Servers:
        """All servers, those that did not run started, all usable."""
        servers = self.servers(state)
        servers.log_in()
        servers.stop_without_center()
        down = servers.down
        if not down:
            servers.wait()
            return servers
        began = clock.monotonic()
        jar_download.fetch(self.cache, artifacts.servers_lock(secure=state.secure))
        java = find_java()
        servers = self.servers(self._with_free_ports(state, down, report))
        report(f"starting {', '.join(down)} on Java {java.version} ({java.source})")
        servers.start(java, self.cache, state.cluster_id)
        servers.hdfs.keep_private(private)
        report(f"ready after {clock.monotonic() - began:.1f} s")
        return servers

    def _with_free_ports(self, state: states.State, down: Sequence[str], report: Report) -> states.State:
        found, lines = states.moved(state, down, holds_files=self._holds_files())
        for line in lines:
            report(line)
        return states.save(self.folder, found)

    def _holds_files(self) -> bool:
        return (self.folder / "hdfs" / FORMATTED).exists()

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
