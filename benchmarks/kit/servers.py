"""A local stack that lives as long as a benchmark, and the environment that points commands to it."""

import json
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from healthtrends.config import cache
from healthtrends.devstack.stack import LocalStack, StackAddresses


@dataclass(frozen=True, slots=True)
class Servers:
    """A running Kafka and HDFS."""

    addresses: StackAddresses

    def environ(self, topic: str, root: str) -> dict[str, str]:
        """The environment in which a command works on `topic` and `root`."""
        return os.environ | {
            # As on a user's machine, where only the first start compiles.
            "PYTHONDONTWRITEBYTECODE": "",
            "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": self.addresses.bootstrap_servers,
            "HEALTHTRENDS_KAFKA__CLIENT": json.dumps(self.addresses.kafka_client),
            "HEALTHTRENDS_KAFKA__TOPIC": topic,
            "HEALTHTRENDS_HDFS__URL": self.addresses.hdfs_url,
            "HEALTHTRENDS_HDFS__ROOT": root,
            # No peer does it; benchmarks/release.py measures it.
            "HEALTHTRENDS_RELEASE__ENABLED": "false",
            "HEALTHTRENDS_PRIVACY__KEY_FILE": str(self.addresses.key_file),
        }


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Start a stack in a folder of its own; stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="ht-bench-") as home:
        stack = LocalStack(Path(home), cache())
        try:
            yield Servers(stack.up(lambda line: print(line, file=sys.stderr)))
        finally:
            stack.down(purge=True)


def fresh(what: str) -> str:
    """A name that nothing has yet."""
    return f"{what}-{uuid.uuid4().hex[:8]}"
