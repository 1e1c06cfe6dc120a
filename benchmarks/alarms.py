"""What do alarms and trends add to the daily job?

2,000 codes of ICD-10-CM, the most frequent 500 patients a day, the others falling as a power of their rank;
the date and 30 days before it, the tables of their cubes in memory: reading them from HDFS is not in it.
"First date": all days are decoded; "next date": one is new. Ages: series of each code in six groups of ages
beside. Table: what the cube of a date gets for them. Median of 5.
"""

import datetime as dt
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from kit.measure import table

from healthtrends.adapters.localfs import LocalStore
from healthtrends.analyze import code_ages
from healthtrends.analyze.compute_day import ComputedDay
from healthtrends.analyze.cube_tables import tables, totals
from healthtrends.config.alarms import Alarms
from healthtrends.icd.edition import icd10cm
from healthtrends.model.day_totals import DayTotals, Diagnosis, DiagnosisGroup, Gender
from healthtrends.orchestrate.history import DayTables
from healthtrends.orchestrate.signals import SignalFinder
from healthtrends.storage.store_pool import StorePool

DATE = dt.date(2025, 12, 22)
CODES, DAYS, RUNS = 2_000, 32, 5
MOST = 500
LEVELS = Alarms().levels
LEAST_VISITS = 0.5


def main() -> None:
    """Measure and print."""
    made = [made_up(DATE - dt.timedelta(days=back)) for back in range(DAYS)]
    found = {DATE - dt.timedelta(days=back): tabled(day) for back, day in enumerate(made)}
    rows = []
    with TemporaryDirectory() as folder:
        pool = StorePool(LocalStore(Path(folder)))
        for what, levels in (("", LEVELS), (" and ages", (*LEVELS, "age_group"))):
            first, following, series = times(pool, found, levels)
            rows.append([f"alarms and trends{what}, first date", f"{series:,}", f"{first:.2f}"])
            rows.append([f"alarms and trends{what}, next date", f"{series:,}", f"{following:.2f}"])
        pool.close()
    by_age = rows_by_age(DATE)
    seconds = median(lambda: code_ages.encoded(code_ages.code_ages(by_age)))
    size = len(code_ages.encoded(code_ages.code_ages(by_age)))
    rows.append([f"table of ages, {size:,} bytes", f"{CODES:,} codes", f"{seconds:.3f}"])
    print(table(["what", "series", "seconds"], rows))


def times(
    pool: StorePool, found: Mapping[dt.date, DayTables], levels: Sequence[str]
) -> tuple[float, float, int]:
    """Seconds of the first date and of the next, and how many series there are."""
    before, firsts, followings, series = DATE - dt.timedelta(days=1), [], [], 0
    for _ in range(RUNS):
        finder = SignalFinder(Alarms(levels=tuple(levels)), icd10cm(), LEAST_VISITS)
        for date, seconds in ((before, firsts), (DATE, followings)):
            begin = time.perf_counter()
            signals = finder.find(pool, found, date)
            seconds.append(time.perf_counter() - begin)
            series = signals.tested + signals.untested
    return statistics.median(firsts), statistics.median(followings), series


def median(step: Callable[[], object]) -> float:
    """Seconds of a step."""
    seconds = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def tabled(day: ComputedDay) -> DayTables:
    """The cube of a date in memory."""
    files = tables(day)
    return DayTables(totals(day.figures), files, files.__getitem__)


def made_up(date: dt.date) -> ComputedDay:
    """Patients of all codes; groups have the sums of their codes."""
    draw, edition = np.random.default_rng(date.toordinal()), icd10cm()
    counts = dict(zip(codes(), draw.poisson(MOST / np.arange(1, CODES + 1)).tolist(), strict=True))
    groups: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for code, count in counts.items():
        chapter, block = edition.group(code)
        for name in (("chapter", chapter, "", ""), ("block", chapter, block, "")):
            groups[name] += count
        groups["category", chapter, block, code[:3]] += count
    everybody = sum(counts.values())
    figures = DayTotals(
        lines=everybody,
        frequency=(everybody, 0, 0, 0, 0),
        diagnoses=[Diagnosis(code, n, n, 40 * n, 80, n, 0, 0) for code, n in counts.items() if n],
        groups=[DiagnosisGroup(*name, n, n) for name, n in groups.items() if n],
        genders=(Gender("M", everybody, everybody, 0), *DayTotals().genders[1:]),
    )
    nobody = pa.table({"patient": pa.array([], pa.binary()), "visits": pa.array([], pa.int32())})
    return ComputedDay(figures, [nobody], code_ages.code_ages(rows_by_age(date)))


def rows_by_age(date: dt.date) -> pa.Table:
    """What the engine counts: patients of each code and age."""
    draw = np.random.default_rng(date.toordinal() + 1)
    counts = draw.poisson(MOST / np.arange(1, CODES + 1)[:, None] / 90, (CODES, 90))
    code, age = np.nonzero(counts)
    names = pa.array(codes()).take(pa.array(code))
    return pa.table({"diagnosis_code": names, "age": age, "patients": counts[code, age]})


def codes() -> list[str]:
    """Full codes: two of each of the first categories."""
    categories = sorted(icd10cm().categories)[: CODES // 2]
    return [f"{category}.{digit}" for category in categories for digit in (0, 1)]


if __name__ == "__main__":
    main()
