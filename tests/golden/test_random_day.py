"""Random days against the oracle: sizes that no one can check by hand."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze.compute_day import compute_day
from healthtrends.analyze.ports import Engine
from healthtrends.reports.report import Report
from tests.analysis import analyze_day
from tests.golden.oracle import beyond_reports, expected, without_detected
from tests.golden.random_day import DATE, random_lines

EXAMPLES = settings().max_examples


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One embedded engine for all days of this module."""
    engine = open_engine(EngineOptions(work=tmp_path_factory.mktemp("work")))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def big_day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """200,000 records without and with replacements, and what the oracle says of them."""
    path = tmp_path_factory.mktemp("big") / "part.jsonl"
    lines = random_lines(1, 150_000, patients=60_000, ids=False)
    lines += random_lines(2, 50_000, patients=20_000, ids=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, expected([path], DATE)


def csv_of(reports: dict[str, Report]) -> dict[str, bytes]:
    """Files by name."""
    return {name: report.csv() for name, report in reports.items()}


@pytest.mark.parametrize("engine", ["embedded", pytest.param("spark", marks=pytest.mark.long)])
def test_200_000_records_give_the_oracles_bytes(
    engine: str, big_day: tuple[Path, dict[str, bytes]], analyse: Callable[..., dict[str, bytes]]
) -> None:
    """Every report of a big random day is the oracle's, on both engines."""
    path, reports = big_day
    assert without_detected(analyse(engine, [f"file://{path}"], DATE)) == reports


@settings(max_examples=2 * EXAMPLES // 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 120),
    patients=st.integers(1, 30),
    ids=st.booleans(),
)
def test_a_small_random_day_gives_the_oracles_bytes(
    embedded: Engine, tmp_path: Path, seed: int, count: int, patients: int, *, ids: bool
) -> None:
    """Few patients and few instants: every tie, conflict and cancellation happens sooner or later."""
    path = tmp_path / "part.jsonl"
    path.write_text("\n".join(random_lines(seed, count, patients=patients, ids=ids)) + "\n", encoding="utf-8")
    files, date = [f"file://{path}"], dt.date.fromisoformat(DATE)
    assert without_detected(csv_of(analyze_day(embedded, files, date))) == expected([path], DATE)
    totals = compute_day(embedded, files, date).figures
    recorded = [list(astuple(day)) for day in totals.recorded]
    assert {"replaced": totals.replaced, "recorded": recorded} == beyond_reports([path], DATE)


def test_order_and_repetition_of_identified_lines_do_not_matter(embedded: Engine, tmp_path: Path) -> None:
    """With a record_id on every record, shuffled and replayed input gives the same figures."""
    lines = [line for line in random_lines(3, 400, patients=25, ids=True) if '"record_id"' in line]
    replayed = [*reversed(lines), *lines[::3]]
    tables = []
    for name, each in (("once", lines), ("again", replayed)):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("\n".join(each) + "\n", encoding="utf-8")
        tables.append(csv_of(analyze_day(embedded, [f"file://{path}"], dt.date.fromisoformat(DATE))))
    once, again = tables
    assert once.pop("quality") != again.pop("quality")
    assert once == again
