"""How fast are records sent, each confirmed? The whole process, the start of Python included.

Plain synthetic records (seven fields, about 141 bytes) are made on the way, on the same cores as the broker.
Without arguments it starts a local stack of its own and removes it afterwards. Prints one row of a Markdown
table: the median of the runs, the slowest and the fastest.

    python benchmarks/produce.py [--records N] [--runs N] [--kafka-client FILE]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka.admin import AdminClient

from healthtrends.config import cache
from healthtrends.devstack.stack import LocalStack

DAY = "2025-12-22"
HEADER = "| what | records | median records/s | slowest to fastest | seconds, median |\n|---|---|---|---|---|"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of `healthtrends produce`.")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--kafka-client", type=Path, help="librdkafka keys of a running broker, lines key=value"
    )
    asked = parser.parse_args()
    with broker(asked.kafka_client) as client:
        seconds = [one_run(client, asked.records) for _ in range(asked.runs)]
    rates = sorted(asked.records / each for each in seconds)
    print(HEADER)
    print(
        f"| produce, whole process | {asked.records:,} | {statistics.median(rates):,.0f} "
        f"| {rates[0]:,.0f} to {rates[-1]:,.0f} | {statistics.median(seconds):.2f} |"
    )


@contextmanager
def broker(given: Path | None) -> Iterator[dict[str, str]]:
    """The client's keys of the broker named, or of one that lives as long as this."""
    if given:
        yield dict(line.split("=", 1) for line in given.read_text(encoding="utf-8").splitlines())
        return
    with tempfile.TemporaryDirectory(prefix="ht-bench-") as home:
        stack = LocalStack(Path(home), cache())
        try:
            addresses = stack.up(lambda line: print(line, file=sys.stderr))
            yield {"bootstrap.servers": addresses.bootstrap_servers, **addresses.kafka_client}
        finally:
            stack.down(purge=True)


def one_run(client: Mapping[str, str], records: int) -> float:
    """Seconds from the start of the process to its end, into a new topic."""
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    environ = os.environ | {
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": client["bootstrap.servers"],
        "HEALTHTRENDS_KAFKA__CLIENT": json.dumps(
            {k: v for k, v in client.items() if k != "bootstrap.servers"}
        ),
        "HEALTHTRENDS_KAFKA__TOPIC": topic,
        "HEALTHTRENDS_HDFS__URL": "hdfs://127.0.0.1:1",  # produce never asks for it
    }
    command = [sys.executable, "-m", "healthtrends.cli", "produce", "--synthetic", str(records)]
    command += ["--plain", "--from", DAY, "--to", DAY, "--quiet", "--json"]
    begin = time.monotonic()
    done = subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE)
    seconds = time.monotonic() - begin
    confirmed = json.loads(done.stdout)["confirmed"]
    if confirmed != records:
        raise SystemExit(f"only {confirmed} of {records} records are confirmed")
    admin = AdminClient(dict(client))
    admin.delete_topics([topic])[topic].result(30)
    return seconds


if __name__ == "__main__":
    main()
