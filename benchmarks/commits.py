"""How long does a commit of four dates take beside a steady stream, and does consuming wait for it?

A real `ingest --follow` that commits every second, while records arrive at a steady rate, all on the cores of
the broker, the NameNode and the DataNode. A commit's seconds go from the end of its batch's consuming until
it has its number and its files are in place. Consuming waits when a batch is full before the one ahead of it
is committed; the share is that of all the time.

    python benchmarks/commits.py [--commits N] [--rate R ...]
"""

import argparse
import datetime as dt
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kit.measure import cli, table
from kit.servers import Servers, fresh, own_servers

DATES = ["--from", "2025-12-19", "--to", "2025-12-22"]


@dataclass(frozen=True, slots=True)
class Commit:
    """What the follower says of one commit."""

    at: dt.datetime
    seconds: float
    waited: float
    stored: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of commits beside consuming.")
    parser.add_argument("--commits", type=int, default=100)
    parser.add_argument("--rate", type=int, nargs="+", default=[1_000, 50_000], help="records a second")
    asked = parser.parse_args()
    with own_servers() as servers:
        rows = [measured(servers, rate, asked.commits) for rate in asked.rate]
    header = ["records/s", "commits", "records a commit", "p50 s", "p99 s", "longest s", "consuming waited"]
    print(table(header, rows))


def measured(servers: Servers, rate: int, commits: int) -> list[str]:
    """One line of the table."""
    print(f"{rate:,} records a second", file=sys.stderr)
    environ = servers.environ(fresh("stream"), f"/bench/{fresh('root')}")
    environ["HEALTHTRENDS_INGEST__COMMIT_INTERVAL"] = "1"
    cli("produce", "--synthetic", "1", *DATES, environ=environ)
    forever = ["--synthetic", str(rate * commits * 60), "--rate", str(rate), "--plain", "--quiet"]
    sender = started("produce", *forever, *DATES, environ=environ)
    follower = started("ingest", "--follow", "-v", "--json", environ=environ)
    try:
        # The first takes what had arrived before.
        first, *rest = (commit for commit, _ in zip(said(follower), range(commits + 1), strict=False))
    finally:
        for process in (sender, follower):
            process.terminate()
            process.communicate()
    seconds = sorted(each.seconds for each in rest)
    waited = sum(each.waited for each in rest) / (rest[-1].at - first.at).total_seconds()
    return [
        f"{rate:,}",
        str(len(rest)),
        f"{sum(each.stored for each in rest) / len(rest):,.0f}",
        *(f"{seconds[math.ceil(share * len(seconds)) - 1]:.2f}" for share in (0.50, 0.99, 1.00)),
        f"{waited:.1%}",
    ]


def started(*arguments: str, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a command of HealthTrends that goes on until it is told to end."""
    command = [sys.executable, "-m", "healthtrends.cli", *arguments]
    return subprocess.Popen(command, env=dict(environ), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def said(follower: subprocess.Popen[bytes]) -> Iterator[Commit]:
    """Commits as they happen; two events tell of each."""
    took: dict[str, float] = {}
    for line in follower.stderr or ():
        event = json.loads(line)
        match event["event"]:
            case "ingest.committed":
                took = event
            case "ingest.commit":
                at = dt.datetime.fromisoformat(event["time"])
                yield Commit(at, took["seconds"], took["consuming_waited"], event["stored"])
    raise SystemExit("the follower ended by itself")


if __name__ == "__main__":
    main()
