"""Secured brokers of the session, and a command line that is configured for one way in."""

import json
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from healthtrends.devstack.stack import StackAddresses
from tests.cli.conftest import Cli, Outcome
from tests.faults.sandbox import HDFS_CLIENT, HDFS_ROOT, HDFS_URL, Run, Sandbox, new_sandbox
from tests.secured.kafka_servers import Brokers
from tests.secured.kafka_settings import PASSWORDS, SASL
from tests.secured.kerberos_hdfs import KerberosHdfs
from tests.secured.realm import Realm

USER = "pipeline"


@contextmanager
def running(make: Callable[[Path], Brokers]) -> Iterator[Brokers]:
    """Run the brokers that `make` makes in a folder of their own; both are gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ht-"))
    found = make(folder)
    try:
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def brokers() -> Iterator[Brokers]:
    """One broker that asks for passwords, tokens or certificates, and for rights."""
    with running(Brokers) as found:
        yield found


@pytest.fixture
def secured_topic(brokers) -> Iterator[str]:
    """Name of an empty topic to which nobody has a right; those given are taken back."""
    name = f"secured-{uuid.uuid4().hex[:12]}"
    brokers.create_topic(name)
    yield name
    brokers.revoke_all(USER)


@contextmanager
def running_hdfs(*ticket_life: int) -> Iterator[KerberosHdfs]:
    """Run a realm and an HDFS in it; tickets live for some seconds, or as long as is usual."""
    realm = Realm(Path(tempfile.mkdtemp(prefix="ht-")), *ticket_life)
    hdfs = KerberosHdfs(realm)
    try:
        realm.start()
        hdfs.start()
        yield hdfs
    finally:
        hdfs.stop()
        realm.stop()
        shutil.rmtree(realm.folder)


@pytest.fixture(scope="session")
def kerberos_hdfs() -> Iterator[KerberosHdfs]:
    """A realm and an HDFS in it."""
    with running_hdfs() as hdfs:
        yield hdfs


def kerberos_box(hdfs: KerberosHdfs, stack: StackAddresses, folder: Path) -> Sandbox:
    """A command line of the pipeline's user by its keytab: another Kafka, and a root of its own."""
    sandbox = new_sandbox(stack, folder)
    sandbox.environ.update(hdfs.realm.environ(sandbox.folder))
    sandbox.environ[HDFS_URL] = hdfs.url
    sandbox.environ[HDFS_ROOT] = f"{hdfs.root}/{uuid.uuid4().hex[:8]}"
    sandbox.environ[HDFS_CLIENT] = json.dumps(hdfs.client)
    return sandbox


@pytest.fixture
def box(kerberos_hdfs, stack, tmp_path) -> Iterator[Sandbox]:
    """A command line with the session's Kafka."""
    sandbox = kerberos_box(kerberos_hdfs, stack, tmp_path)
    yield sandbox
    for run in sandbox.runs:
        run.kill()


class Client(Cli):
    """Commands for one topic of secured brokers; `login` says how they log in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.runs: list[Run] = []

    def login(self, servers: str, keys: dict[str, str]) -> None:
        """Use these addresses and keys of `[kafka.client]`."""
        self.environ |= {
            "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": servers,
            "HEALTHTRENDS_KAFKA__CLIENT": json.dumps(keys),
        }

    def start(self, *arguments: str, **environ: str) -> Run:
        """Start `healthtrends ARGUMENTS`, and go on."""
        run = Run([sys.executable, "-m", "healthtrends.cli", *arguments], self.folder, self.environ | environ)
        self.runs.append(run)
        return run

    def produce(self) -> Outcome:
        """Send a few records, a few days old."""
        days = ("--from", "2025-12-20", "--to", "2025-12-22")
        return self("produce", "--synthetic", "60", "--seed", "1", *days)


@pytest.fixture
def client(tmp_path, brokers, secured_topic) -> Iterator[Client]:
    """Logged in by SCRAM, with the right password; HDFS is nowhere."""
    found = Client(tmp_path)
    key = tmp_path / "pseudonym.key"
    key.touch(0o600)
    key.write_text("5a" * 32 + "\n")
    found.environ |= {
        "HEALTHTRENDS_KAFKA__TOPIC": secured_topic,
        "HEALTHTRENDS_HDFS__URL": "hdfs://127.0.0.1:1",
        "HEALTHTRENDS_HDFS__ROOT": f"/t/{secured_topic}",
        "HEALTHTRENDS_PRIVACY__KEY_FILE": str(key),
        "HEALTHTRENDS_NOW": "2025-12-23T12:00:00+00:00",
    }
    found.login(brokers.addresses(SASL), scram(brokers))
    yield found
    for run in found.runs:
        run.kill()


@pytest.fixture
def pipeline(client, stack) -> Client:
    """The same, with the HDFS of the session."""
    client.environ["HEALTHTRENDS_HDFS__URL"] = stack.hdfs_url
    return client


def scram(brokers: Brokers) -> dict[str, str]:
    """Keys of a login by password."""
    return {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": USER,
        "sasl.password": PASSWORDS[USER],
        "ssl.ca.location": str(brokers.identity.authority.file),
    }
