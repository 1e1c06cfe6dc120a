"""How long does a day of a million stored records take from the command to the published reports?

`run DATE --no-ingest --reprocess all`, whole process, each time a new issue of all reports; the data on HDFS,
NameNode and DataNode on the same cores. Peak memory is that of the largest process (Python with the embedded
engine in it, or Spark's Java).

    python benchmarks/analyze.py [--records N] [--runs N]
"""

import argparse
import json
import statistics
import sys

from kit.measure import Measured, cli, median_and_spread, table
from kit.servers import fresh, own_servers

DATE = "2025-12-22"
ENGINES = (("embedded", []), ("spark", ["--master", "local[*]"]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of `healthtrends run DATE --no-ingest`.")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with own_servers() as servers:
        environ = servers.environ(fresh("day"), f"/bench/{fresh('root')}")
        print(f"sending and storing {asked.records:,}", file=sys.stderr)
        one_day = ["--from", DATE, "--to", DATE]
        cli("produce", "--synthetic", str(asked.records), "--plain", *one_day, environ=environ)
        stored = json.loads(cli("ingest", "--json", environ=environ).out)["stored"]
        rows = [
            [name, *measured(["--engine", name, *more], environ, asked.runs, stored)]
            for name, more in ENGINES
        ]
    print(f"{stored:,} records of {DATE}, {asked.runs} runs each.\n")
    print(table(["engine", "seconds, whole process", "records/s (median)", "peak MB"], rows))


def measured(engine: list[str], environ: dict[str, str], runs: int, records: int) -> list[str]:
    """Figures of one engine: the same date made again and again."""
    found: list[Measured] = []
    for number in range(runs):
        print(f"{' '.join(engine)}, run {number + 1} of {runs}", file=sys.stderr)
        found.append(cli("run", DATE, "--no-ingest", "--reprocess", "all", *engine, environ=environ))
    seconds = [each.seconds for each in found]
    rate = records / statistics.median(seconds)
    return [median_and_spread(seconds), f"{rate:,.0f}", f"{max(each.peak_mb for each in found):,.0f}"]


if __name__ == "__main__":
    main()
