"""How long do the release of a date and its audit take, how much memory, and how much is hidden?

Each in a process of its own, from exact reports to audited files; seconds are those of the processor, which
others lengthen less. `demo`: the last day of `healthtrends demo` without days before it. `cube`: codes x 5
genders x 19 age bands with all sums, 250 patients a code. `day`: a day of so many codes, 14 records a code.
Hidden: of the counts that are not zero, and of the patients of codes. "Small alone" is the plain rule, which
hides small counts and nothing that they could be computed from: the lower bound.

    python benchmarks/release.py [--runs N] [--seconds N]
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from kit.least_losses import least_losses
from kit.measure import Measured, median_and_spread, process, table
from kit.release_tables import CUBE, CUBE_DESCRIPTION, cube, day_of_many_codes, demo_day

from healthtrends.audit.description import parse_description
from healthtrends.audit.judge import Finding, audit
from healthtrends.audit.own_reports import audit_release, column_of
from healthtrends.release.constraints import Constraint
from healthtrends.release.counts import Counts, read_counts
from healthtrends.release.disclose import Exposed, Release, release
from healthtrends.release.rule import CMS, Label
from healthtrends.release.suppress import suppress
from healthtrends.reports.registry import decode_reports
from healthtrends.reports.report import Report, decode_csv

ATTEMPTS = 4
CASES: Mapping[str, Callable[[], Mapping[str, Report]]] = {
    "demo": demo_day,
    "cube of 20 codes": lambda: {CUBE.name: cube(20, 5_000)},
    "cube of 2,000 codes": lambda: {CUBE.name: cube(2_000, 500_000)},
    "day of 2,000 codes": lambda: day_of_many_codes(2_000, 28_000),
    "day of 70,000 codes": lambda: day_of_many_codes(70_000, 1_000_000),
}
HEADER = (
    "tables", "counts", "release, s", "audit, s", "audits", "exposed at last", "peak MB", "hidden counts",
    "small alone", "patients hidden", "small alone",
)  # fmt: skip
SMALL_TABLES, SIDE = 30, 4
BESIDE = "Beside the optimum"


def main() -> None:
    """Measure and print, or be the process that is measured."""
    parser = argparse.ArgumentParser(description="Benchmark of releases.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=100, help="of one process, after which it ends")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--optimum", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.optimum:
        print(beside_the_optimum())
        return
    if asked.folder:
        signal.signal(signal.SIGALRM, lambda *_: stop())
        signal.alarm(asked.seconds)
        for known in measured(asked.folder):
            print(json.dumps(known), flush=True)
        return
    print(table(HEADER, [row(name, asked.runs, asked.seconds) for name in asked.only]))
    # HiGHS may write lines of its own.
    lines = process([__file__, "--optimum"], {}).out.splitlines()
    print(f"\n{next(line for line in lines if line.startswith(BESIDE))}")
    print(f"\nWhat did not end was stopped after {asked.seconds} s by the clock.")


def stop() -> None:
    """End the process that took too long; what it found so far is printed."""
    raise SystemExit(0)


def row(name: str, runs: int, seconds: int) -> list[str]:
    """One line of the table."""
    print(name, file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="ht-release-") as work:
        for report in CASES[name]().values():
            (Path(work) / f"{report.name}.csv").write_bytes(report.csv())
        done: list[Measured] = []
        while len(done) < runs and (not done or last_line(done[-1])):
            done.append(process([__file__, "--folder", work, "--seconds", str(seconds)], {}))
        found = [last_line(each) for each in done]
        peak = f"{max(each.peak_mb for each in done):,.0f}"
        if not all(found):
            return [name, *plain_rule(Path(work)), "", "", "", peak, "", "", "", ""]
        last = found[-1]
        has_ended = all("audit" in each for each in found)
        return [
            name,
            f"{last['counts']:,}",
            median_and_spread([each["release"] for each in found], 1),
            median_and_spread([each["audit"] for each in found], 1) if has_ended else "did not end",
            str(last["audits"]) if has_ended else "",
            str(last["exposed"]) if has_ended else "",
            peak,
            *(f"{100 * last[key]:.1f} %" for key in ("hidden", "small", "patients", "small_patients")),
        ]


def last_line(done: Measured) -> dict[str, float]:
    """What a process found before it ended; empty: nothing."""
    lines = done.out.splitlines()
    return json.loads(lines[-1]) if lines else {}


def plain_rule(folder: Path) -> list[str]:
    """Of tables that were not released in time: how many counts they have, and that."""
    counts = read_counts(exact(folder))
    return [f"{sum(map(bool, counts.values)):,}", "did not end"]


def exact(folder: Path) -> dict[str, Report]:
    """Exact reports of a folder."""
    files = {path.stem: path.read_bytes() for path in folder.glob("*.csv")}
    if CUBE.name in files:
        return {CUBE.name: decode_csv(CUBE, files[CUBE.name], is_fed=True)}
    return decode_reports(files, is_fed=True)


def measured(folder: Path) -> Iterator[dict[str, float]]:
    """Release and audit, again while the audit finds something, as `healthtrends release` does.

    What is known after the first release, and after the last audit.
    """
    reports = exact(folder)
    exposed: list[list[Exposed]] = []
    seconds = [0.0, 0.0]
    audits = 0
    while audits < ATTEMPTS:
        audits += 1
        begin = time.process_time()
        released = release(reports, CMS, exposed=exposed)
        files = {name: each.report.csv() for name, each in released.reports.items()}
        middle = time.process_time()
        seconds[0] += middle - begin
        if audits == 1:
            yield {"release": seconds[0], **losses(reports, released)}
        middle = time.process_time()
        found = [each for each in audited(files) if not each.passes]
        seconds[1] += time.process_time() - middle
        if not found:
            break
        exposed.append([place_of(each) for each in found])
    about = {"audit": seconds[1], "audits": audits, "exposed": len(found)}
    yield {"release": seconds[0], **losses(reports, released), **about}


def losses(reports: Mapping[str, Report], released: Release) -> dict[str, float]:
    """How many counts there are, and which share is hidden, beside that of small ones."""
    counts = read_counts(reports)
    values = np.array(counts.values)
    by_code = values[counts.of("patients", "diagnosis")]
    return {
        "counts": int((values > 0).sum()),
        "hidden": released.losses.hidden / max(int((values > 0).sum()), 1),
        "small": float(((values > 0) & (values < CMS.hidden_below)).sum() / (values > 0).sum()),
        "patients": released.losses.patients or 0.0,
        "small_patients": float(by_code[by_code < CMS.hidden_below].sum() / by_code.sum()),
    }


def audited(files: Mapping[str, bytes]) -> Sequence[Finding]:
    """Findings of released files."""
    if CUBE.name in files:
        return audit(parse_description(CUBE_DESCRIPTION.encode()), {"cube.csv": files[CUBE.name]})
    return audit_release(files, CMS.hidden_below)


def place_of(finding: Finding) -> Exposed:
    """Where the next attempt finds the count."""
    if finding.table == "cube.csv":
        return Exposed(CUBE.name, "patients", finding.keys)
    return Exposed(*column_of(finding), finding.keys)


def beside_the_optimum() -> str:
    """People in hidden counts of small tables, as hidden quickly and at the optimum."""
    draw = np.random.default_rng(1)
    quick, least, number = 0, 0, 0
    for _ in range(SMALL_TABLES):
        values, lines = small_table(draw.poisson(draw.choice((6.0, 20.0, 60.0), (SIDE, SIDE))))
        best = least_losses(values, lines, CMS, seconds=10)
        if best is not None:
            counts = Counts()
            for place, value in enumerate(values):
                counts.add((("of", f"{place:03}"),), value)
            labels = suppress(counts, lines, CMS)
            quick += sum(value for value, label in zip(values, labels, strict=True) if label != Label.SHOWN)
            least, number = least + best, number + 1
    return (
        f"{BESIDE}, in {number} of {SMALL_TABLES} random tables of {SIDE} x {SIDE} counts with all "
        f"sums of which HiGHS found it: {quick:,} people in hidden counts, {least:,} at the optimum, "
        f"{100 * quick / least - 100:.0f} % more. The optimum does not know the rule for single persons."
    )


def small_table(
    cells: "np.ndarray[tuple[int, int], np.dtype[np.int64]]",
) -> tuple[list[int], list[Constraint]]:
    """Counts of a table with all sums, and the lines that add up."""
    side = len(cells)
    places = np.arange(side * side).reshape(side, side)
    rows, columns, total = side * side, side * side + side, side * side + 2 * side
    values = [*cells.ravel(), *cells.sum(axis=1), *cells.sum(axis=0), cells.sum()]
    lines = [[rows + n, *places[n]] for n in range(side)] + [
        [columns + n, *places[:, n]] for n in range(side)
    ]
    lines += [[total, *range(rows, rows + side)], [total, *range(columns, columns + side)]]
    constraints = [Constraint([int(p) for p in line], [-1] + [1] * (len(line) - 1), 0, 0) for line in lines]
    return [int(value) for value in values], constraints


if __name__ == "__main__":
    main()
