"""How long do HL7v2 messages take from topic to report, and the same in Spark with a parser in a Python UDF?

Ours: `run DATE`: ingest, visits from their messages, all reports, exports and page. Spark: Structured
Streaming with the UDF into date folders, then the latest message of each visit and the date's trends as one
CSV. Same broker, topic of 3 partitions and HDFS, on all cores; runs take turns, and so does who begins; the
trends are compared. `split`: the UDF takes the fields by hand; `hl7`: by the package of that name, on fewer
messages, as it is slow. Peak memory is that of all processes of a system.

    python benchmarks/hl7v2_daily.py [--messages N] [--of-hl7 N] [--runs N]
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from daily import DATE, measured, row
from kit.hl7v2_feed import send
from kit.measure import Measured, cli, table
from kit.servers import Servers, own_servers
from systems.run import fetched, peer_environ, quick_conf, spark

from healthtrends.config import cache
from healthtrends.devstack import artifacts

OURS = "HealthTrends"
HEADER = ("system", "messages", "seconds", "times ours", "messages/s", "processor s", "peak MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of HL7v2 from topic to report.")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--of-hl7", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=2)
    asked = parser.parse_args()
    with own_servers() as servers, tempfile.TemporaryDirectory(prefix="ht-hl7v2-") as work:
        rows = [
            *compared(servers, Path(work) / "split", "split", asked.messages, asked.runs),
            *compared(servers, Path(work) / "hl7", "hl7", asked.of_hl7, 1),
        ]
    print(f"Two messages a visit, all of {DATE}; {asked.runs} rounds, of `hl7` one.\n")
    print(table(HEADER, rows))


def compared(servers: Servers, work: Path, parser: str, messages: int, runs: int) -> list[list[str]]:
    """Ours and Spark with one parser, on one topic; Spark with the quicker of its HDFS clients."""
    work.mkdir()
    environ = peer_environ(servers, quick_conf(servers.addresses.hadoop_conf, work / "hadoop-conf"), work)
    paths = artifacts.class_path(cache(), fetched()["spark"])
    peer = f"Spark, UDF `{parser}`"
    jobs = {
        OURS: lambda topic, root: ours(servers, topic, root),
        peer: spark(servers, environ, paths, "spark_hl7v2.py", DATE, parser),
    }
    print(f"sending {messages:,}", file=sys.stderr)
    found = measured(servers, jobs, send(servers, messages), runs)
    return [line(name, messages, each, found[OURS]) for name, each in found.items()]


def ours(servers: Servers, topic: str, root: str) -> Measured:
    """Ingest and publish one date."""
    environ = servers.environ(topic, root) | {"HEALTHTRENDS_SOURCE__FORMAT": "hl7v2"}
    return cli("run", DATE, environ=environ)


def line(name: str, messages: int, runs: Sequence[Measured], own: Sequence[Measured]) -> list[str]:
    """One line of the table."""
    name, seconds, times, *rest = row(name, runs, own)
    rate = messages / statistics.median(run.seconds for run in runs)
    return [name, f"{messages:,}", seconds, times, f"{rate:,.0f}", *rest]


if __name__ == "__main__":
    main()
