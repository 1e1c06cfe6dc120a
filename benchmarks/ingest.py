"""How fast does a backlog become files, whole process, and what is the ceiling of the client itself?

The ceiling is `consume()` alone, with the same client settings, in a process of its own; ingest validates,
makes pseudonyms, splits by 30 dates, stores on HDFS with rejects, and commits. Runs are interleaved; broker,
NameNode and DataNode share the cores.

    python benchmarks/ingest.py [--records N ...] [--runs N]
"""

import argparse
import json
import statistics
import sys

from kit.measure import Measured, cli, median_and_spread, process, table
from kit.servers import Servers, fresh, own_servers

DAYS = ("2025-11-23", "2025-12-22")

CEILING = """
import json, os, sys
from healthtrends.adapters.kafka_topic import KafkaTopic
topic = KafkaTopic(sys.argv[1], sys.argv[2], json.loads(os.environ["HEALTHTRENDS_KAFKA__CLIENT"]))
bounds = topic.bounds()
topic.assign({p: bound.first for p, bound in bounds.items()})
left = sum(bound.end - bound.first for bound in bounds.values())
while left:
    left -= len(topic.read(min(2000, left), 0.1))
topic.close()
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of `healthtrends ingest`.")
    parser.add_argument("--records", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with own_servers() as servers:
        rows = [row for records in asked.records for row in measured(servers, records, asked.runs)]
    print(table(["what", "records", "seconds", "records/s", "of the ceiling", "peak MB"], rows))


def measured(servers: Servers, records: int, runs: int) -> list[list[str]]:
    """Rows of the ceiling and of ingest for one backlog."""
    topic = fresh("backlog")
    environ = servers.environ(topic, "/none")
    days = ["--from", DAYS[0], "--to", DAYS[1]]
    print(f"sending {records:,}", file=sys.stderr)
    cli("produce", "--synthetic", str(records), "--plain", *days, environ=environ)
    ceilings: list[Measured] = []
    ingests: list[Measured] = []
    for number in range(runs):
        print(f"run {number + 1} of {runs}", file=sys.stderr)
        bootstrap = servers.addresses.bootstrap_servers
        ceilings.append(process(["-c", CEILING, bootstrap, topic], environ))
        ingests.append(cli("ingest", "--json", environ=servers.environ(topic, f"/bench/{fresh('root')}")))
        stored = json.loads(ingests[-1].out)["stored"]
        if stored != records:
            raise SystemExit(f"{stored} of {records} were stored")
    ceiling = statistics.median(each.seconds for each in ceilings)
    return [row("consume() alone", records, ceilings, ceiling), row("ingest", records, ingests, ceiling)]


def row(what: str, records: int, runs: list[Measured], ceiling: float) -> list[str]:
    """One line of the table; the share of the ceiling is that of the medians of this run."""
    seconds = [each.seconds for each in runs]
    middle = statistics.median(seconds)
    return [
        what,
        f"{records:,}",
        median_and_spread(seconds),
        f"{records / middle:,.0f}",
        f"{ceiling / middle:.2f}",
        f"{max(each.peak_mb for each in runs):,.0f}",
    ]


if __name__ == "__main__":
    main()
