"""How long do Spark Structured Streaming, Flink SQL and a plain consumer take for the backlog of `ingest`?

Each but the consumer, which checks nothing: whole process, exactly once, the same broker, topic of 3
partitions and HDFS on the same cores, date folders, the same seven fields checked for type, range, list, form
and real day. Runs take turns, and so does who begins; after each the lines on HDFS are counted. Peak memory
is that of all processes of a system. "Quick close": the peer's HDFS client asks for the end of a file again
after 20 ms instead of 400 ms.

    python benchmarks/peers.py [--records N ...] [--runs N] [--only NAME ...]
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.measure import Measured, cli, median_and_spread, table
from kit.servers import Servers, fresh, own_servers
from systems.differences import differences
from systems.faults import fates
from systems.run import NAIVE, PEERS, System, systems
from systems.stored import Stored, count

from healthtrends.adapters.hdfs import HdfsStore

DAYS = ("--from", "2025-11-23", "--to", "2025-12-22")
HEADER = ("system", "records", "seconds", "records/s", "times ours", "peak MB", "files")


@dataclass(frozen=True, slots=True)
class Run:
    """One system's way through the backlog."""

    measured: Measured
    stored: Stored


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of `healthtrends ingest` and its peers.")
    parser.add_argument("--records", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PEERS, default=PEERS, help="these peers")
    asked = parser.parse_args()
    with own_servers() as servers, tempfile.TemporaryDirectory(prefix="ht-peers-") as work:
        ours, *peers = systems(servers, Path(work))
        chosen = [ours, *(peer for peer in peers if peer.name in asked.only)]
        rows = [row for records in asked.records for row in measured(servers, chosen, records, asked.runs)]
        # The naive consumer makes folders of whatever a message says; "differences" tells what becomes of it.
        told = [system for system in chosen if "quick" not in system.name and system.name != NAIVE]
        faults = fates(servers, told)
    print(table(HEADER, rows))
    print(f"\nWhat became of one message with a fault:\n\n{faults}")
    print(f"\nWhat is not the same work:\n\n{differences()}")


def measured(servers: Servers, chosen: Sequence[System], records: int, runs: int) -> list[list[str]]:
    """Rows of all systems for one backlog."""
    topic = fresh("backlog")
    print(f"sending {records:,}", file=sys.stderr)
    cli("produce", "--synthetic", str(records), "--plain", *DAYS, environ=servers.environ(topic, "/none"))
    found: dict[str, list[Run]] = {system.name: [] for system in chosen}
    for number in range(runs):
        first = number % len(chosen)
        for system in (*chosen[first:], *chosen[:first]):
            print(f"run {number + 1} of {runs}: {system.name}", file=sys.stderr)
            found[system.name].append(run(servers, system, topic, records))
    ours = found[chosen[0].name]
    return [row(name, records, each, ours) for name, each in found.items()]


def run(servers: Servers, system: System, topic: str, records: int) -> Run:
    """Measure one run, count what it stored, and remove it."""
    root = f"/bench/{fresh('root')}"
    measured = system.run(topic, root)
    store = HdfsStore(servers.addresses.hdfs_url, {})
    stored = count(store, f"{root}/{system.data}")
    if stored.lines != records:
        raise SystemExit(f"{system.name}: {stored.lines} of {records} were stored")
    store.delete(root)
    return Run(measured, stored)


def row(name: str, records: int, runs: Sequence[Run], ours: Sequence[Run]) -> list[str]:
    """One line of the table; the ratio is that of runs that took place side by side."""
    seconds = [run.measured.seconds for run in runs]
    ratios = [run.measured.seconds / own.measured.seconds for run, own in zip(runs, ours, strict=True)]
    return [
        name,
        f"{records:,}",
        median_and_spread(seconds),
        f"{records / statistics.median(seconds):,.0f}",
        median_and_spread(ratios, 1),
        f"{max(run.measured.peak_mb for run in runs):,.0f}",
        str(max(run.stored.files for run in runs)),
    ]


if __name__ == "__main__":
    main()
