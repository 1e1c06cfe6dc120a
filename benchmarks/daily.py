"""How long does the whole daily job take, topic to report, and the same in Spark alone?

Ours: `run DATE` on a million new messages of that date: ingest, eight reports, their exports and page. Spark:
the same backlog into date folders, then the date's trends as one CSV, one driver, on all cores. Same broker,
topic of 3 partitions and HDFS; runs take turns, and so does who begins; the trends are compared. "Quick
close": Spark's HDFS client asks for the end of a file again after 20 ms instead of 400 ms. Peak memory is
that of all processes of a system.

    python benchmarks/daily.py [--records N] [--runs N]
"""

import argparse
import csv
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kit.measure import Measured, cli, median_and_spread, table
from kit.servers import Servers, fresh, own_servers
from systems.run import fetched, peer_environ, quick_conf, spark
from systems.stored import lines

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.config import cache
from healthtrends.devstack import artifacts

DATE = "2025-12-22"
OURS, SPARK, QUICK = "HealthTrends", "Spark alone", "Spark alone, quick close"
REPORT = f"reports/trend_summary/date={DATE}"
HALF_DIGIT = {"avg_age": 0.0051, "gender_ratio": 0.000051}
"""Spark rounds halves up and starts from a float, so its last digit may differ."""
LEFT_OUT = (
    ("", OURS, "Spark alone"),
    ("a message that fails a check", "kept with reason and bytes; can be replayed", "dropped, not counted"),
    ("exactly once", "yes, held by a commit log", "yes, for readers who know Spark's list of files"),
    ("patient ids", "pseudonyms (keyed BLAKE2b)", "stored as sent"),
    ("optional fields, cancelled and replaced records", "checked, stored, resolved", "left out"),
    (
        "reports",
        "eight, each whole or not there, with every earlier issue",
        "one; away while it is rewritten",
    ),
    ("beside them", "quality, exports in three forms, a page with charts, history", "nothing"),
    ("proof afterwards", "`verify`", "none"),
)

Job = Callable[[str, str], Measured]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of the daily job.")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with own_servers() as servers, tempfile.TemporaryDirectory(prefix="ht-daily-") as work:
        topic = fresh("day")
        print(f"sending {asked.records:,}", file=sys.stderr)
        days = ["--from", DATE, "--to", DATE]
        environ = servers.environ(topic, "/none")
        cli("produce", "--synthetic", str(asked.records), "--plain", *days, environ=environ)
        found = measured(servers, jobs(servers, Path(work)), topic, asked.runs)
    print(f"{asked.records:,} new messages of {DATE}, {asked.runs} rounds.\n")
    rows = [row(name, runs, found[OURS]) for name, runs in found.items()]
    print(table(["system", "seconds", "times ours", "processor s", "peak MB"], rows))
    print(f"\nWhat is not the same work:\n\n{table(LEFT_OUT[0], LEFT_OUT[1:])}")


def jobs(servers: Servers, work: Path) -> dict[str, Job]:
    """Ours, and Spark with its HDFS client as it comes and made quicker."""
    paths = artifacts.class_path(cache(), fetched()["spark"])
    as_is = servers.addresses.hadoop_conf
    plain = peer_environ(servers, as_is, work)
    quick = peer_environ(servers, quick_conf(as_is, work / "hadoop-conf"), work)
    return {
        OURS: lambda topic, root: cli("run", DATE, environ=servers.environ(topic, root)),
        SPARK: spark(servers, plain, paths, "spark_daily.py", DATE),
        QUICK: spark(servers, quick, paths, "spark_daily.py", DATE),
    }


def measured(servers: Servers, chosen: Mapping[str, Job], topic: str, runs: int) -> dict[str, list[Measured]]:
    """All runs of all systems, each on a root of its own, which is removed."""
    store = HdfsStore(servers.addresses.hdfs_url, {})
    found: dict[str, list[Measured]] = {name: [] for name in chosen}
    expected: list[dict[str, str]] = []
    names = list(chosen)
    for number in range(runs):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            print(f"run {number + 1} of {runs}: {name}", file=sys.stderr)
            root = f"/bench/{fresh('root')}"
            found[name].append(chosen[name](topic, root))
            trends = list(csv.DictReader(line.decode() for line in lines(store, f"{root}/{REPORT}")))
            expected = expected or trends
            if not alike(trends, expected):
                raise SystemExit(f"{name}: other trends than the first system's")
            store.delete(root)
    return found


def alike(trends: Sequence[Mapping[str, str]], others: Sequence[Mapping[str, str]]) -> bool:
    """Whether two reports have the same codes in order, with the same counts, and shares but for a digit."""
    exact = [[(row["diagnosis"], row["count"]) for row in report] for report in (trends, others)]
    return exact[0] == exact[1] and all(
        abs(float(one[name] or 0) - float(other[name] or 0)) <= 2 * most
        for one, other in zip(trends, others, strict=True)
        for name, most in HALF_DIGIT.items()
    )


def row(name: str, runs: Sequence[Measured], ours: Sequence[Measured]) -> list[str]:
    """One line of the table; the ratio is that of runs that took place side by side."""
    return [
        name,
        median_and_spread([run.seconds for run in runs]),
        median_and_spread([run.seconds / own.seconds for run, own in zip(runs, ours, strict=True)], 1),
        f"{statistics.median(run.processor for run in runs):.1f}",
        f"{max(run.peak_mb for run in runs):,.0f}",
    ]


if __name__ == "__main__":
    main()
