"""What do the records of visits cost, computed from the facts that HL7v2 messages gave?

`ingest` stores a fact a message; `resolve` makes the records of the visits, first of all facts, then after
10,000 more messages about new visits of patients who are known. Whole processes, on a topic of 3 partitions
and HDFS. The loop is what a script would be: it reads the same facts with json.loads, keeps the latest of
each visit in a dict, and makes its records, in memory; it has no merges, moves, cancellations or persons,
and stores nothing.

    python benchmarks/resolve.py [--messages N] [--runs N]
"""

import argparse
import json
import statistics
import sys

from kit.hl7v2_feed import send
from kit.measure import Measured, cli, median_and_spread, process, table
from kit.servers import Servers, fresh, own_servers

MORE = 10_000
LOOP = """
import json, sys
from healthtrends.adapters.hdfs import HdfsStore
url, root = sys.argv[1:]
store = HdfsStore(url, {})
last, number = {}, 0
def files(folder):
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        yield from files(path) if entry.is_folder else [path]
for path in files(f"{root}/facts"):
    for line in store.read(path).splitlines():
        fact = json.loads(line)
        key = fact["at"], fact.get("tie", "")
        if fact["visit"] not in last or last[fact["visit"]][0] < key:
            last[fact["visit"]] = key, fact
for _, fact in last.values():
    age = int(fact["start"][1][:4]) - int(fact["birth_date"][:4])
    for system, code, *_ in fact["diagnoses"]:
        json.dumps({"patient_id": fact["patient"], "age": age, "diagnosis_code": code})
        number += 1
print(number)
"""
HEADER = ("what", "messages", "seconds", "messages/s", "processor s", "peak MB")
HL7 = {"HEALTHTRENDS_SOURCE__FORMAT": "hl7v2"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of `healthtrends resolve`.")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=2)
    asked = parser.parse_args()
    names = ("ingest", "resolve", "a loop over the same facts", "ingest of more", "resolve of more")
    found: dict[str, list[Measured]] = {name: [] for name in names}
    with own_servers() as servers:
        for number in range(asked.runs):
            print(f"run {number + 1} of {asked.runs}", file=sys.stderr)
            for name, measured in zip(names, steps(servers, asked.messages), strict=True):
                found[name].append(measured)
    rows = [row(name, MORE if "more" in name else asked.messages, each) for name, each in found.items()]
    print(f"Two messages a visit; {asked.runs} rounds.\n")
    print(table(HEADER, rows))


def steps(servers: Servers, messages: int) -> list[Measured]:
    """All steps on a topic and a root of their own."""
    topic, root = send(servers, messages), f"/bench/{fresh('root')}"
    environ = servers.environ(topic, root) | HL7
    first = [cli("ingest", environ=environ), cli("resolve", "--json", environ=environ)]
    loop = process(["-c", LOOP, servers.addresses.hdfs_url, root], environ)
    if json.loads(first[1].out)["added"] != int(loop.out):
        raise SystemExit(f"the loop made {loop.out.strip()} records, resolve other than that")
    send(servers, MORE, topic, messages)
    return [*first, loop, cli("ingest", environ=environ), cli("resolve", environ=environ)]


def row(name: str, messages: int, runs: list[Measured]) -> list[str]:
    """One line of the table."""
    seconds = [each.seconds for each in runs]
    return [
        name,
        f"{messages:,}",
        median_and_spread(seconds),
        f"{messages / statistics.median(seconds):,.0f}",
        f"{statistics.median(each.processor for each in runs):.1f}",
        f"{max(each.peak_mb for each in runs):,.0f}",
    ]


if __name__ == "__main__":
    main()
