"""What does the page of a date cost: seconds to build, bytes, and, once on a machine, its charts' library?

Best of 5 in one process, data in memory; 60 days of history. `index` is that of 366 dates. A page stays under
3 MB whatever a day holds. The library is made once and then read from the cache.
"""

import datetime as dt
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kit.measure import table

from healthtrends.adapters.vega import chart_library
from healthtrends.model.csvtext import csv_bytes
from healthtrends.model.history import History
from healthtrends.page.data import DayPage, IndexedDate, IndexPage, PageProvenance, ReportFile, table_of
from healthtrends.page.index import render_index
from healthtrends.page.render import render_day
from healthtrends.page.translations import bundled
from healthtrends.reports.registry import decode_reports, schemas

DATE = dt.date(2025, 12, 22)
NOW = dt.datetime(2025, 12, 23, 6, tzinfo=dt.UTC)
WORDS = bundled("en")
TREATMENTS = 3
RUNS = 5


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        made, library = timed(lambda: chart_library(Path(folder)))
        kept, _ = best(lambda: chart_library(Path(folder)))
    rows = [
        ["library, made", f"{made:.2f}", f"{len(library.encode()):,}"],
        ["library, from the cache", f"{kept:.3f}", ""],
    ]
    for codes in (400, 70_000):
        reports = csv_reports(codes)
        days = history(codes, 60)
        seconds, page = best(
            lambda reports=reports, days=days: render_day(day(reports, days), WORDS, library)
        )
        rows.append([f"page, {codes:,} codes", f"{seconds:.3f}", f"{len(page):,}"])
    year = IndexPage(
        dates=[
            IndexedDate(date=date, state="final", issue=1, records=1_000_000, has_page=True)
            for date in history(0, 366).dates
        ],
        history=history(400, 366),
        newest=NOW,
    )
    seconds, index = best(lambda: render_index(year, WORDS))
    rows.append(["index, 400 codes", f"{seconds:.3f}", f"{len(index):,}"])
    print(table(["what", "seconds", "bytes"], rows))


def timed(step: Callable[[], object]) -> tuple[float, object]:
    """Seconds of one run, and what it gave."""
    begin = time.perf_counter()
    found = step()
    return time.perf_counter() - begin, found


def best(step: Callable[[], object]) -> tuple[float, object]:
    """Seconds of the fastest of some runs."""
    return min((timed(step) for _ in range(RUNS)), key=lambda run: run[0])


def names(codes: int) -> list[str]:
    """Codes of ICD-10 form."""
    return [f"{chr(65 + n // 10_000)}{n // 100 % 100:02d}.{n % 100:02d}" for n in range(codes)]


def history(codes: int, days: int) -> History:
    """Every code on every day."""
    dates = [DATE - dt.timedelta(days=days - 1 - n) for n in range(days)]
    patients = {code: [(place * 7 + n) % 300 for n in range(days)] for place, code in enumerate(names(codes))}
    return History(dates, ["observed"] * days, [1_000_000] * days, patients)


def csv_reports(codes: int) -> dict[str, bytes]:
    """The reports that grow with the codes; the others are small."""
    detail = ("120", "130", "47.5", "48.0", "60", "58", "1", "1", "0.5085", "1.25", "70", "55", "5", "0")
    rows = {
        "trend_summary": [(code, "120", "47.5", "0.5085") for code in names(codes)],
        "diagnosis_detail": [(code, *detail) for code in names(codes)],
        "treatment_outcomes": [
            (code, f"T-{n}", "40", "20", "18", "2", "0.5", "0.05", "0")
            for code in names(codes)
            for n in range(TREATMENTS)
        ],
    }
    return {name: csv_bytes(schemas()[name].column_names, lines) for name, lines in rows.items()}


def day(reports: dict[str, bytes], days: History) -> DayPage:
    """From the bytes of the reports, as a run does it."""
    made = PageProvenance(
        issue=1, seq=1, state="final", published_at=NOW, provisional_until=None,
        engine="embedded", engine_version="", program_version="", run_id="", reason="missing",
        input_records=1_000_000, input_files=1,
    )  # fmt: skip
    files = {
        name: ReportFile(table=table_of(report), sha256="0" * 64, path="/")
        for name, report in decode_reports(reports, is_fed=True).items()
    }
    return DayPage(date=DATE, provenance=made, reports=files, history=days, complete_until=DATE, open_days=2)


if __name__ == "__main__":
    main()
