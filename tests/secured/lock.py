"""Make `kms.lock.json`: the jars of a key server for the tests, which no user fetches.

Run as `python -m tests.secured.lock`. There is no such jar of Hadoop 3.5.0; the protocol is the same.
"""

import sys
from pathlib import Path

import msgspec
from jgo.maven import MavenContext

from healthtrends.devstack.artifacts import Lock
from healthtrends.devstack.make_lockfile import resolve

TARGET = Path(__file__).with_name("kms.lock.json")
VERSION = "3.4.1"
ROOTS = (
    *(f"org.apache.hadoop:{name}:{VERSION}" for name in ("hadoop-kms", "hadoop-common")),
    "org.slf4j:slf4j-reload4j:1.7.36",
)


def main() -> None:
    """Write the lock file beside this module."""
    lock: Lock = {"kms": resolve(MavenContext(), ROOTS)}
    TARGET.write_bytes(msgspec.json.format(msgspec.json.encode(lock), indent=1) + b"\n")
    total = sum(artifact.size for artifact in lock["kms"])
    sys.stderr.write(f"kms: {len(lock['kms'])} jars, {total / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
