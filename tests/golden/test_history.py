"""Reports that tell of other days, against the oracle: gaps, late records, any order of arrival."""

import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze.cube_tables import part_names
from healthtrends.analyze.parquet import decode
from healthtrends.analyze.ports import Engine
from healthtrends.icd.table_file import parse_table
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.log import CommitLog
from tests.golden.local_pipeline import LocalPipeline, shuffled
from tests.golden.oracle import expected, patients, without_detected
from tests.golden.random_day import random_lines

LAST = dt.date(2025, 12, 22)
WEEK = [LAST - dt.timedelta(days=back) for back in range(7, -1, -1)]
FED = [LAST - dt.timedelta(days=back) for back in (36, 34, 33, 28, 27, 26, 20, 15, 11, 8, 7, 4, 3, 2, 0)]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One embedded engine for all of this module."""
    engine = open_engine(EngineOptions(work=tmp_path_factory.mktemp("work")))
    yield engine
    engine.close()


@pytest.fixture
def local(tmp_path: Path, embedded: Engine) -> Iterator[LocalPipeline]:
    """An empty root and topic."""
    local = LocalPipeline(tmp_path, embedded)
    yield local
    local.close()


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory, embedded: Engine) -> Iterator[LocalPipeline]:
    """Five weeks with gaps; the last eight dates are published, then records come late for two dates."""
    local = LocalPipeline(tmp_path_factory.mktemp("month"), embedded)
    for number, day in enumerate(FED):
        local.send(random_lines(number, 60, patients=40, ids=True, date=str(day)))
    local.run(WEEK)
    local.send(random_lines(100, 5, patients=40, ids=True, date=str(LAST - dt.timedelta(days=3))))
    local.send(random_lines(101, 5, patients=40, ids=True, date=str(LAST - dt.timedelta(days=20))))
    local.run([], reprocess="stale")
    yield local
    local.close()


@pytest.mark.parametrize("date", WEEK, ids=str)
def test_history_is_the_oracles(month: LocalPipeline, date: dt.date) -> None:
    """Every report of a date, with and without records on it and on the day before."""
    reports = expected(month.files(), str(date), has_intake=True)
    reports.pop("quality")
    assert without_detected(month.published(date)) == reports


def test_codes_of_a_run_are_grouped_as_in_its_edition(local: LocalPipeline) -> None:
    """Chapter and block of each code are those of the table that the setting names."""
    local.edition = parse_table("icd10gm", b"code,title,chapter,block\nE11,a,21,E11-E12\n", "gm.csv")
    fields = {
        "patient_id": "P", "age": 4, "gender": "F", "diagnosis_code": "E11.9",
        "visit_date": str(LAST), "treatment_code": "T", "outcome": "ongoing",
    }  # fmt: skip
    local.send([json.dumps(fields)])
    local.run([LAST])
    rows = csv.reader(local.published(LAST)["diagnosis_groups"].decode().splitlines()[1:])
    assert [row[:4] for row in rows] == [
        ["chapter", "21", "(all)", "(all)"],
        ["block", "21", "E11-E12", "(all)"],
        ["category", "21", "E11-E12", "E11"],
    ]


@pytest.mark.parametrize("back", [3, 20])
def test_the_patients_of_a_cube_are_the_oracles(month: LocalPipeline, back: int) -> None:
    """Every patient of the date with the number of visits, from the cube made after the late records."""
    date = LAST - dt.timedelta(days=back)
    log = CommitLog(month.pool, month.layout, 200)
    cubes = Cubes(month.pool, month.layout)
    head = cubes.find(date, InputDigests(log.read_state()).digest(date) or "")
    assert head is not None
    (part,) = part_names(head.tables, 0, 256)
    rows = decode(cubes.content(head, part)).to_pylist()
    assert [(row["patient"], row["visits"]) for row in rows] == patients(month.files(), str(date))


GOLDEN_WEEK = Path(__file__).parent / "week"
GOLDEN = {path.stem: path.read_bytes() for path in (GOLDEN_WEEK / "expected").glob("*.csv")}


def week_of(local: LocalPipeline) -> None:
    """A week made by hand, small enough to check by eye; published before and after late records.

    No feed came on the 19th. Late: Eva was there on the 16th; what Ada had that day was E11 all along; Dia's
    only record of the 20th is taken back; and one of Ben's comes again.
    """
    for name in ("first", "late"):
        local.send((GOLDEN_WEEK / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
        local.run([LAST])


@pytest.mark.parametrize("report", ["top_diagnoses", "visit_frequency"])
def test_the_golden_week_gives_its_bytes(local: LocalPipeline, report: str) -> None:
    """After late records, a correction and a cancellation, with a day without a feed among the seven."""
    week_of(local)
    assert local.published(LAST)[report] == GOLDEN[report]


def test_the_oracle_gives_the_golden_week(local: LocalPipeline) -> None:
    """DuckDB, which shares no code with the product, gives the committed reports."""
    week_of(local)
    assert {name: expected(local.files(), str(LAST))[name] for name in GOLDEN} == GOLDEN


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), cut=st.floats(0, 1))
def test_any_order_of_arrival_gives_the_same_bytes(
    embedded: Engine, tmp_path_factory: pytest.TempPathFactory, seed: int, cut: float
) -> None:
    """Whatever came first, twice, or after a publication: with ids and times the end is the same."""
    dates = WEEK[-3:]
    lines = [
        line
        for date in dates
        for line in random_lines(seed, 40, patients=12, ids=True, date=str(date))
        if '"record_id"' in line
    ]
    results = []
    for number, each in enumerate((lines, shuffled(lines, seed))):
        local = LocalPipeline(tmp_path_factory.mktemp("order"), embedded)
        first = int(cut * len(each)) if number else len(each)
        for part in (each[:first], each[first:]):
            local.send(part)
            local.run(dates)
        results.append([local.published(date) for date in dates])
        local.close()
    assert results[0] == results[1]
