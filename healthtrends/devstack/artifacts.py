"""Lists of locked jars, of servers and of Spark's Kafka source, and their places in the cache.

Apart from `jars` (which fetches them) so that a start that has everything loads no network code.
"""

import hashlib
from importlib.resources import files
from pathlib import Path

import msgspec

LOCK_NAME = "jars.lock.json"
SPARK_LOCK_NAME = "spark.lock.json"
"""Spark's Kafka source, which the wheel of Spark lacks; under the one name `spark`."""
KDC_LOCK_NAME = "kdc.lock.json"
"""A Kerberos realm, which only a secured stack needs; under the one name `kdc`."""
SERVERS = ("kafka", "hdfs")


class Artifact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One jar by its Maven coordinates; no address, so that any mirror serves.

    `sha256` is lower-case hex, `size` in bytes, `classifier` empty for the main jar.
    """

    group: str
    name: str
    version: str
    classifier: str = ""
    sha256: str
    size: int

    def __str__(self) -> str:
        """The coordinates, as in error messages: group:name:version[:classifier]."""
        tail = f":{self.classifier}" if self.classifier else ""
        return f"{self.group}:{self.name}:{self.version}{tail}"

    @property
    def path(self) -> str:
        """Path in a Maven repository and in our cache, with forward slashes."""
        tail = f"-{self.classifier}" if self.classifier else ""
        folder = f"{self.group.replace('.', '/')}/{self.name}/{self.version}"
        return f"{folder}/{self.name}-{self.version}{tail}.jar"


Lock = dict[str, tuple[Artifact, ...]]
"""Server name (of SERVERS) -> its jars in class path order."""


_LOCK = msgspec.json.Decoder(Lock)


def load_lock(name: str = LOCK_NAME) -> Lock:
    """A lock file that is part of this package; by default the local stack's."""
    return _LOCK.decode((files(__package__) / name).read_bytes())


def servers_lock(*, secure: bool) -> Lock:
    """All jars of a stack, with those of Kerberos when it is `secure`."""
    return load_lock() | (load_lock(KDC_LOCK_NAME) if secure else {})


def folder(cache: Path) -> Path:
    """Folder of the jars under the cache folder."""
    return cache / "jars"


def class_path(cache: Path, artifacts: tuple[Artifact, ...]) -> list[Path]:
    """Files of one server in class path order; they need not be there yet."""
    return [folder(cache) / artifact.path for artifact in artifacts]


def missing(cache: Path, lock: Lock) -> list[Artifact]:
    """Artifacts not in the cache with their locked size, each once, biggest first.

    The hash was checked before the file got its name; `damaged` checks it again.
    """
    wanted = {artifact.path: artifact for artifacts in lock.values() for artifact in artifacts}
    gone = [artifact for path, artifact in wanted.items() if _size(folder(cache) / path) != artifact.size]
    return sorted(gone, key=lambda artifact: -artifact.size)


def damaged(cache: Path, lock: Lock) -> list[Artifact]:
    """Artifacts whose file is there but has another hash than the lock names (reads them all)."""
    wanted = {artifact.path: artifact for artifacts in lock.values() for artifact in artifacts}
    return [
        artifact
        for path, artifact in wanted.items()
        if (file := folder(cache) / path).exists() and sha256(file) != artifact.sha256
    ]


def sha256(file: Path) -> str:
    """Lower-case hex SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return -1
