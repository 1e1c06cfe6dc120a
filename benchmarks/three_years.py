"""How long do the daily commands take on a root of three years, and how many objects does HDFS keep for it?

A root is filled on a local disk, in one process: synthetic records of 400 codes and 30 facilities, a tenth of
them late, in many small commits a day as a follower makes them, and every date reported. The root is then
restored into a real HDFS, goes on with an empty topic there, and each command is a whole process.

    python benchmarks/three_years.py [--days N] [--commits N] [--records N] [--runs N]
"""

import argparse
import datetime as dt
import json
import os
import random
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from growth import tree
from kit.measure import cli, median_and_spread, table
from kit.servers import Servers, fresh, own_servers

from healthtrends.adapters.engines.embedded import EmbeddedEngine
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.config import Settings
from healthtrends.ingest.plan import Shard
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.engine_fallback import EngineWithFallback
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.orchestrate.wiring.backup_place import open_place
from healthtrends.storage.layout import Layout
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from healthtrends.testing.local_dependencies import LocalDependencies

LAST = dt.date(2025, 12, 22)
CODES, FACILITIES = 400, 30
LATE_SHARE, LATEST = 0.1, 60
AT_ONCE = 31
"""Dates of one run."""
ROOT = "/years"
"""The same in both stores: the log names files by it."""


@dataclass(kw_only=True)
class Root(LocalDependencies):
    """A root on a local disk, with the real engine."""

    computer: EngineWithFallback

    def day_computer(self) -> EngineWithFallback:
        """The engine, which stays open."""
        return self.computer


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A root of three years.")
    parser.add_argument("--days", type=int, default=1_100)
    parser.add_argument("--commits", type=int, default=18, help="a day")
    parser.add_argument("--records", type=int, default=500, help="a day")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    days = [LAST - dt.timedelta(days=back) for back in reversed(range(asked.days))]
    with tempfile.TemporaryDirectory(prefix="ht-years-") as folder:
        commits = fill(Path(folder), days, asked.commits, asked.records)
        with own_servers() as servers:
            environ = servers.environ(fresh("years"), ROOT) | {"HEALTHTRENDS_PRIVACY__PSEUDONYMISE": "false"}
            rows = list(commands(environ, Path(folder), asked.runs))
            objects = count(servers)
    print(f"{asked.days:,} dates, {commits:,} commits, {asked.days * asked.records:,} records.\n")
    print(table(["command", "s"], rows))
    print()
    print(table(["below", "files", "folders", "objects"], objects))


def fill(folder: Path, days: Sequence[dt.date], commits: int, records: int) -> int:
    """Fill a root below `folder`, and back it up beside; the number of its commits."""
    random_ = random.Random(1)
    work = folder / "work"
    work.mkdir()
    engine = EmbeddedEngine(EngineOptions(work=work))
    with (
        closing(StorePool(LocalStore(folder / "root"))) as pool,
        closing(EngineWithFallback(f"file://{folder / 'root'}", engine, None)) as computer,
    ):
        root = Root(pool=pool, computer=computer, layout=Layout(ROOT), compact_above=64)
        for number, day in enumerate(days):
            os.environ["HEALTHTRENDS_NOW"] = f"{day}T12:00:00+00:00"
            for _ in range(commits // 2):  # each is a fence and the data
                for _ in range(2 * records // commits):
                    root.messages.send(0, record(random_, day))
                Pipeline(root).ingest(False, Shard(), threading.Event())
            if number % AT_ONCE == AT_ONCE - 1 or day == days[-1]:
                of_run = days[number - number % AT_ONCE : number + 1]
                Pipeline(root).run_dates(of_run, RunOptions(allow_empty=True))
                print(f"filled to {day}", file=sys.stderr)
        with open_place(Settings(), str(folder / "backup")) as place:
            done, _ = Pipeline(root).backup(place)
        return done.backup.seq


def record(random_: random.Random, day: dt.date) -> bytes:
    """A synthetic record of that day, or a late one of some day before."""
    is_late = random_.random() < LATE_SHARE
    visit = day - dt.timedelta(days=random_.randrange(1, LATEST)) if is_late else day
    # A few codes are frequent, most are rare.
    code = int(CODES * random_.random() ** 3)
    return json.dumps(
        {
            "patient_id": f"synthetic-{random_.randrange(200_000)}", "age": random_.randrange(100),
            "gender": random_.choice("MF"), "diagnosis_code": f"{'ABEJ'[code % 4]}{code // 4:02d}",
            "visit_date": str(visit), "treatment_code": "T1", "outcome": "recovered",
            "facility_id": f"F{random_.randrange(FACILITIES):02d}",
        }
    ).encode()  # fmt: skip


def commands(environ: dict[str, str], folder: Path, runs: int) -> Iterator[list[str]]:
    """Restore the root, then a line a command."""
    restored = cli("restore", str(folder / "backup"), environ=environ)
    yield ["`restore` into HDFS", f"{restored.seconds:,.1f}"]
    (folder / "first.ndjson").write_bytes(record(random.Random(2), LAST) + b"\n")
    cli("produce", str(folder / "first.ndjson"), environ=environ)
    cli("topic", "adopt", "--offsets", "end", "--why", "a benchmark", environ=environ)
    environ = environ | {"HEALTHTRENDS_NOW": f"{LAST}T13:00:00+00:00"}
    for words in (
        ["status"], ["run", str(LAST)], ["verify"], ["verify", "--since"], ["report", str(LAST)],
        ["alarms", "--from", str(LAST - dt.timedelta(days=27)), "--to", str(LAST)],
    ):  # fmt: skip
        yield line(f"`{' '.join(words)}`", words, environ, runs)
    (folder / "late.ndjson").write_bytes(record(random.Random(3), LAST) + b"\n")
    cli("produce", str(folder / "late.ndjson"), environ=environ)
    yield line("`run` with one new record", ["run", str(LAST)], environ, 1)


def line(name: str, words: list[str], environ: dict[str, str], runs: int) -> list[str]:
    """Seconds of a command."""
    return [name, median_and_spread([cli(*words, environ=environ).seconds for _ in range(runs)])]


def count(servers: Servers) -> list[list[str]]:
    """What the NameNode keeps, by the folder it lies in: a small file has one block, so it is two objects."""
    store = HdfsStore(servers.addresses.hdfs_url, {})
    files: dict[str, int] = {}
    folders: dict[str, set[str]] = {}
    for path, _ in tree(store, ROOT):
        parts = path.removeprefix(f"{ROOT}/").split("/")
        kind = "/".join(parts[:2]) if parts[0] == "_ht" else parts[0]
        files[kind] = files.get(kind, 0) + 1
        folders.setdefault(kind, set()).update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    rows = [row(f"`{kind}`", files[kind], len(folders[kind])) for kind in sorted(files)]
    return [*rows, row("all", sum(files.values()), len(set().union(*folders.values())))]


def row(name: str, files: int, folders: int) -> list[str]:
    """A line of the table."""
    return [name, f"{files:,}", f"{folders:,}", f"{2 * files + folders:,}"]


if __name__ == "__main__":
    main()
