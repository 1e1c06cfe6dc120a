"""How long do the figures of a day's reports take, and how much memory, beside the same in other systems?

Each: whole process, from the stored lines in two local files (a date of the synthetic source, nine of ten
patients distinct) to the same figures, which are compared; runs take turns, and so does who begins. Peak
memory is that of all processes of a system. "1.5 GB": the embedded engine under `engine.memory`, spilling.
Ratios are those of runs side by side. pandas is left out where a gigabyte a million records is not free.

    python benchmarks/reports.py [--records N ...] [--runs N] [--only NAME ...]
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from kit.day_files import DATE, make_files
from kit.measure import Measured, median_and_spread, process, table

SYSTEMS = Path(__file__).parent / "systems"
LIMIT = 1_500_000_000
PANDAS_BYTES_A_RECORD = 1_000
YARDSTICK = "DuckDB"
HEADER = (
    "system", "records", "seconds", "times DuckDB", "times embedded", "processor s", "peak MB", "of DuckDB",
)  # fmt: skip
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "embedded": ("report_ours.py", "embedded", "0"),
    "embedded, 1.5 GB": ("report_ours.py", "embedded", str(LIMIT)),
    "Spark": ("report_ours.py", "spark", "0"),
    YARDSTICK: ("report_duckdb.py",),
    "pandas": ("report_pandas.py",),
}
BIG = 5_000_000
"""The limit on memory is measured from so many records on: below, nothing comes near it."""
LEFT_OUT = (
    ("", "embedded, Spark", "DuckDB", "pandas"),
    ("code", "the same PySpark code of this product", "a script of its own", "a script of its own"),
    ("replaced and cancelled records", "looked for, resolved", "not looked at", "not looked at"),
    ("patients of the date for windows of days", "fetched, as hashes", "no", "no"),
    ("the reports themselves", "all eight as CSV", "figures only", "figures only"),
    ("reads `hdfs://`", "yes", "no", "no"),
    ("more data than memory", "spills", "spills", "dies"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One system's way through the records."""

    measured: Measured
    figures: bytes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of a day's figures.")
    parser.add_argument("--records", type=int, nargs="+", default=[1_000_000, 20_000_000])
    parser.add_argument("--runs", type=int, help="default: 3, or 1 from 5,000,000 records on")
    parser.add_argument("--only", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    asked = parser.parse_args()
    notes: list[str] = []
    rows = [
        row
        for records in asked.records
        for row in compared(records, asked.runs or (1 if records >= BIG else 3), asked.only, notes)
    ]
    print(table(HEADER, rows))
    print("\n".join(["", *notes, "", "What is not the same work:", ""]))
    print(table(LEFT_OUT[0], LEFT_OUT[1:]))


def compared(records: int, runs: int, only: Sequence[str], notes: list[str]) -> list[list[str]]:
    """Rows of all systems for one date; why one is left out goes to `notes`."""
    with tempfile.TemporaryDirectory(prefix="ht-reports-") as work:
        print(f"making {records:,} records", file=sys.stderr)
        files = [str(path) for path in make_files(Path(work), records)]
        size = sum(Path(file).stat().st_size for file in files) / 1e9
        notes.append(f"{records:,} records: {size:.2f} GB, {runs} rounds.")
        names = [name for name in only if name != "embedded, 1.5 GB" or records >= BIG]
        if "pandas" in names and psutil.virtual_memory().available < records * PANDAS_BYTES_A_RECORD:
            names.remove("pandas")
            notes.append(f"pandas was left out at {records:,}: it needs about {records / 1e6:.0f} GB.")
        found: dict[str, list[Run]] = {name: [] for name in names}
        for number in range(runs):
            first = number % len(names)
            for name in (*names[first:], *names[:first]):
                print(f"run {number + 1} of {runs}: {name}", file=sys.stderr)
                found[name].append(run(COMMANDS[name], Path(work), files))
    if len({each.figures for each_runs in found.values() for each in each_runs}) != 1:
        raise SystemExit("the systems do not agree on the figures")
    return [row(name, records, each, found) for name, each in found.items()]


def run(command: Sequence[str], work: Path, files: Sequence[str]) -> Run:
    """Measure one run, in a folder that is removed."""
    script, *options = command
    # As on a user's machine, where only the first start compiles.
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    with tempfile.TemporaryDirectory(dir=work) as folder:
        measured = process([str(SYSTEMS / script), *options, folder, str(DATE), *files], environ)
        return Run(measured, (Path(folder) / "figures.json").read_bytes())


def row(name: str, records: int, runs: Sequence[Run], found: Mapping[str, Sequence[Run]]) -> list[str]:
    """One line of the table."""
    seconds = [each.measured.seconds for each in runs]
    peak = max(each.measured.peak_mb for each in runs)
    yardstick, own = found.get(YARDSTICK, ()), found.get("embedded", ())
    best = max((each.measured.peak_mb for each in yardstick), default=0.0)
    return [
        name,
        f"{records:,}",
        median_and_spread(seconds),
        ratio(runs, yardstick),
        ratio(runs, own),
        f"{statistics.median(each.measured.processor for each in runs):.1f}",
        f"{peak:,.0f}",
        f"{peak / best:.2f}" if best else "",
    ]


def ratio(runs: Sequence[Run], others: Sequence[Run]) -> str:
    """Seconds of the one over those of the other, round by round; empty without another."""
    pairs = list(zip(runs, others, strict=False))
    return median_and_spread([a.measured.seconds / b.measured.seconds for a, b in pairs], 1) if pairs else ""


if __name__ == "__main__":
    main()
