"""How long do 30 dates take to be published, a year to be read back, and a month's window to be counted?

The backfill is a whole process, `run --from --to`, each time on a root that has the records and nothing else.
The year is what the page and the detectors ask for: one cube a date with 400 codes, read from HDFS with the
file lists of the log, in a process that has done nothing before. The window is that of `visit_frequency`: 28
dates, of which no record is read; its patients come from a tenth more of them than see a doctor in a day.

    python benchmarks/history.py [--records N] [--patients N] [--runs N]
"""

import argparse
import datetime as dt
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
from kit.measure import cli, median_and_spread, process, table
from kit.servers import Servers, fresh, own_servers

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.analyze.compute_day import ComputedDay
from healthtrends.analyze.cube_tables import SHOWN, tables, totals
from healthtrends.model.day_totals import DayTotals, Diagnosis, Gender
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.storage.cube_head import CubeSource
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Manifest, Position, encode
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import MemoryTopic

LAST = dt.date(2025, 12, 22)
DATES = 30
YEAR = 365
MONTH = 28
CODES = 400
AT_ONCE = 8
READER = Path(__file__).parent / "kit" / "read_history.py"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of backfill and history.")
    parser.add_argument("--records", type=int, default=100_000, help="a date of the backfill")
    parser.add_argument("--patients", type=int, default=1_000_000, help="a date of the window")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    rows = []
    with own_servers() as servers:
        rows.append(backfill(servers, asked.records, asked.runs))
        rows.append(year(servers, asked.runs))
        rows += window(servers, asked.patients, asked.runs)
    print(table(["what", "seconds", "peak MB"], rows))


def backfill(servers: Servers, records: int, runs: int) -> list[str]:
    """Publish 30 dates, again and again on new roots."""
    topic = fresh("backfill")
    first = LAST - dt.timedelta(days=DATES - 1)
    span = ["--from", str(first), "--to", str(LAST)]
    print(f"sending {DATES} x {records:,}", file=sys.stderr)
    environ = servers.environ(topic, "/unused")
    cli("produce", "--synthetic", str(DATES * records), "--plain", *span, environ=environ)
    seconds, peak, sizes = [], 0.0, set()
    for number in range(runs):
        print(f"backfill, run {number + 1} of {runs}", file=sys.stderr)
        environ = servers.environ(topic, f"/bench/{fresh('root')}")
        cli("ingest", environ=environ)
        done = cli("run", *span, "--no-ingest", "--json", environ=environ)
        seconds.append(done.seconds)
        peak = max(peak, done.peak_mb)
        sizes |= {day["action"] for day in json.loads(done.out)["dates"]}
    if sizes != {"published"}:
        raise SystemExit(f"not all dates were published: {sizes}")
    what = f"`run --from --to`: {DATES} dates of {records:,} records, embedded, whole process"
    return [what, median_and_spread(seconds), f"{peak:,.0f}"]


def year(servers: Servers, runs: int) -> list[str]:
    """Read the history of a year of 400 codes."""
    print(f"writing {YEAR} cubes of {CODES} codes", file=sys.stderr)
    root = written(servers, YEAR, patients=1000)
    return measured(servers, root, runs, "year", f"history of {YEAR} dates, {CODES} codes, from their cubes")


def window(servers: Servers, patients: int, runs: int) -> Iterator[list[str]]:
    """Count the window of 28 dates."""
    print(f"writing {MONTH} cubes of {patients:,} patients", file=sys.stderr)
    root = written(servers, MONTH, patients)
    what = f"windows of 7 and {MONTH} days, {patients:,} patients a day, from their cubes"
    yield measured(servers, root, runs, "month", what)


def measured(servers: Servers, root: str, runs: int, what: str, told: str) -> list[str]:
    """One line of the table: the same reading, each time in a new process."""
    seconds, peak = [], 0.0
    for _ in range(runs):
        url = servers.addresses.hdfs_url
        done = process([str(READER), what, url, root, str(LAST)], servers.environ("none", root))
        seconds.append(float(done.out))
        peak = max(peak, done.peak_mb)
    return [told, median_and_spread(seconds), f"{peak:,.0f}"]


def written(servers: Servers, days: int, patients: int) -> str:
    """Make a root whose log names one file for each of some dates, with their cubes; no record is there."""
    root = f"/bench/{fresh('cubes')}"
    pool = StorePool(HdfsStore(servers.addresses.hdfs_url, {}))
    log = CommitLog(pool, Layout(root), 1)
    dates = [LAST - dt.timedelta(days=back) for back in range(days)]
    state = committed(log, dates)
    inputs, cubes = InputDigests(state), Cubes(pool, log.layout)
    everyone = np.random.default_rng(1).bytes(16 * (patients + patients // 10))

    def write(date: dt.date) -> None:
        day = made_up(date, everyone, patients)
        source = CubeSource(date, state.seq, inputs.digest(date) or "", "none", "0")
        cubes.write(source, totals(day.figures), tables(day), SHOWN)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(write, dates))
    pool.close()
    return root


def made_up(date: dt.date, everyone: bytes, patients: int) -> ComputedDay:
    """Give a date with so many patients and 400 codes."""
    draw = np.random.default_rng(date.toordinal())
    ids = np.frombuffer(everyone, "V16")
    some = draw.choice(len(ids), patients, replace=False)
    here = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), patients, [None, pa.py_buffer(ids[some])])
    visits = pa.array(draw.integers(1, 4, patients), pa.int32())
    codes = [Diagnosis(f"A{code:03d}", 9, 9, 450, 100, 4, 5, 0) for code in range(CODES)]
    genders = (Gender("M", patients, 2 * patients, 0), *DayTotals().genders[1:])
    figures = DayTotals(frequency=(patients, 0, 0, 0, 0), diagnoses=codes, genders=genders)
    return ComputedDay(figures, [pa.table({"patient": here, "visits": visits})])


def committed(log: CommitLog, dates: list[dt.date]) -> State:
    """Commit one file for each date, with the snapshot that a log of this age has."""
    add = tuple(staged(log, str(date)) for date in dates)
    identity = MemoryTopic().identity()
    manifest = Manifest(
        seq=1,
        nonce=new_nonce(),
        kind="data",
        mode="once",
        cluster_id=identity.cluster_id,
        topic=identity.topic,
        topic_id=identity.topic_id,
        clock_date=str(LAST),
        key_id=None,
        program_version="0",
        committed_at="",
        parts={0: Position(len(dates), 1)},
        add=add,
    )
    log.pool.write(log.layout.commit(1), encode(manifest))
    return log.snapshots.write(State().after(manifest), 1)


def staged(log: CommitLog, day: str) -> StagedFile:
    """Facts of a file of a date."""
    path = log.layout.record_file(day, 1, new_nonce())
    return StagedFile(src=path, dst=path, date=day, lines=1, bytes=1, crc32=0, ranges=((0, 0, 1),))


if __name__ == "__main__":
    main()
