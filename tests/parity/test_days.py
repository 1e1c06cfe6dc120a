"""Every query of the analysis on every engine: the same bytes of each report and each table of a cube."""

import datetime as dt
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from healthtrends import analyze
from healthtrends.analyze.bounded_counts import count_bounded
from healthtrends.analyze.compute_day import compute_day
from healthtrends.formats.record import RecordDecoder
from tests.analysis import analyze_day
from tests.decoding import decode_one
from tests.golden.random_day import line, random_lines
from tests.parity.conftest import Write
from tests.parity.engines import NAMES, Engines
from tests.parity.generated_days import DATE, HARD, Recipe, lines_of, recipes
from tests.parity.outcome import outcome

GOLDEN = Path(__file__).parents[1] / "golden" / "day"
GOLDEN_FILES = [f"file://{path}" for path in sorted((GOLDEN / "date=2025-12-22").glob("*.jsonl"))]
GOLDEN_REPORTS = {path.stem: path.read_bytes() for path in (GOLDEN / "expected").glob("*.csv")}
OTHERS = NAMES[1:]
SPARK_LONG = [pytest.param("spark", marks=pytest.mark.long), "connect"]
"""`connect` asks Spark too, and compiles no code first, which takes a small day most of its time."""
RICH = Recipe(seed=7, count=500, patients=60, texts=HARD, ids=True)

PATIENT = {
    "patient_id": "synthetic-1", "age": 40, "gender": "F", "diagnosis_code": "E11", "visit_date": DATE,
    "treatment_code": "T1", "outcome": "ongoing", "visit_id": "v1", "record_id": "r1",
}  # fmt: skip
FIRST, SECOND = (f"{DATE}T08:00:00{fraction}Z" for fraction in ("", ".5"))
CANCELLED = {"visit_date": DATE, "status": "cancelled", "recorded_at": SECOND}
CORNERS = {
    "one row": [line(**PATIENT, recorded_at=FIRST)],
    "nothing but a cancellation": [line(patient_id="synthetic-1", **CANCELLED, visit_id="v1")],
    "everything taken back": [
        line(**PATIENT, recorded_at=FIRST),
        line(**{**PATIENT, "patient_id": "synthetic-2", "record_id": None}, recorded_at=FIRST),
        line(patient_id="synthetic-1", **{**CANCELLED, "record_id": "r1"}),
        line(patient_id="synthetic-2", **{**CANCELLED, "visit_id": "v1"}),
    ],
    "versions that tie but for a quote": [
        line(**{**PATIENT, "treatment_code": code}, recorded_at=FIRST) for code in ("A", 'A"', "A!", "A\\")
    ],
}


@pytest.mark.parametrize("engine", NAMES)
def test_the_golden_day_gives_its_bytes(engines: Engines, engine: str) -> None:
    """The reports that are committed beside it, on each engine, measured and from its cube."""
    found = outcome(engines[engine], GOLDEN_FILES, DATE)
    assert found.reports == GOLDEN_REPORTS
    assert found.from_cube == GOLDEN_REPORTS


def equal_everywhere(engines: Engines, recipe: Recipe, write: Write) -> None:
    """Compare all engines over one made day."""
    files = [write(lines_of(recipe))]
    first = outcome(engines["embedded"], files, DATE)
    for name in OTHERS:
        assert outcome(engines[name], files, DATE) == first, f"{name} differs from embedded"


@example(recipe=RICH)
@settings(
    max_examples=1, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(recipe=recipes(100, 600))
def test_a_made_day_is_the_same_on_every_engine(engines: Engines, write: Write, recipe: Recipe) -> None:
    """Any text, extreme ages, ties, one code with half of all records, versions and cancellations."""
    equal_everywhere(engines, recipe, write)


@pytest.mark.long
@pytest.mark.timeout(1800)
@example(recipe=replace(RICH, ids=False))
@settings(
    max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(recipe=recipes(1, 2000))
def test_any_made_day_is_the_same_on_every_engine(engines: Engines, write: Write, recipe: Recipe) -> None:
    """The same with other days each time; a recipe that fails is printed, and made smaller by hand."""
    equal_everywhere(engines, recipe, write)


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("engine", SPARK_LONG)
def test_a_corner_of_a_day_is_the_same(engines: Engines, engine: str, corner: str, write: Write) -> None:
    """Days so small that a query finds nothing, or nothing but ties."""
    files = [write(CORNERS[corner])]
    assert outcome(engines[engine], files, DATE) == outcome(engines["embedded"], files, DATE)


@pytest.mark.parametrize("engine", SPARK_LONG)
def test_patients_fetched_in_ranges_are_the_same(
    engines: Engines, engine: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a date of millions: some first bytes at a time, some of the ranges empty."""
    monkeypatch.setattr("healthtrends.analyze.compute_day._AT_ONCE", 4)
    files = [write(lines_of(replace(RICH, count=14)))]
    assert outcome(engines[engine], files, DATE) == outcome(engines["embedded"], files, DATE)


@pytest.mark.parametrize("engine", ["spark", pytest.param("connect", marks=pytest.mark.long)])
def test_a_day_of_several_files_is_the_same(engines: Engines, engine: str, write: Write) -> None:
    """Read in several tasks: no order of rows or tasks tells in the end."""
    files = [write(random_lines(number, 2000, patients=900, ids=number == 0)) for number in range(3)]
    assert outcome(engines[engine], files, DATE) == outcome(engines["embedded"], files, DATE)


def test_a_date_without_files_starts_no_engine() -> None:
    """Its reports are the same on every engine because none has a part in them."""
    never: object = None
    reports = analyze_day(never, [], dt.date.fromisoformat(DATE))  # type: ignore[arg-type]
    assert {report.is_fed for report in reports.values()} == {False}


@pytest.mark.parametrize("engine", ["spark", pytest.param("connect", marks=pytest.mark.long)])
def test_bounded_counts_are_the_same(engine: str, engines: Engines, write: Write) -> None:
    """The hash that chooses codes is that of the embedded engine."""
    day = write(lines_of(RICH))
    assert count_bounded(engines[engine], [day], 1, "salt") == count_bounded(
        engines["embedded"], [day], 1, "salt"
    )


def test_every_query_takes_part(engines: Engines, write: Write) -> None:
    """What is compared here is all there is: a query that these days do not reach would never be compared."""
    called: set[str] = set()

    def note(frame: object, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code  # type: ignore[attr-defined]
            called.add(f"{Path(code.co_filename).stem}.{code.co_name}")

    days = [write(lines_of(RICH)), write(CORNERS["versions that tie but for a quote"])]
    sys.setprofile(note)
    try:
        for day in days:
            compute_day(engines["embedded"], [day], dt.date.fromisoformat(DATE), code_levels=["facility"])
            count_bounded(engines["embedded"], [day], 2, "salt")
    finally:
        sys.setprofile(None)
    assert queries() - called == set()
    assert queries() > {"aggregations.by_patient"}


def queries() -> set[str]:
    """All functions of the analysis that take or give a frame of records."""
    return {
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(analyze.__path__)
        for name, each in functions(module.name)
        if each.__annotations__.get("return") == "DataFrame"
    }


def functions(module: str) -> list[tuple[str, Callable[..., object]]]:
    """Those that the module itself defines."""
    loaded = importlib.import_module(f"healthtrends.analyze.{module}")
    found = inspect.getmembers(loaded, inspect.isfunction)
    return [(name, each) for name, each in found if each.__module__ == loaded.__name__]


@settings(max_examples=100, deadline=None)
@given(recipe=recipes(1, 30))
def test_made_lines_are_lines_that_an_ingest_stores(recipe: Recipe) -> None:
    """Else engines might agree on what never happens, and differ on what does."""
    decoder = RecordDecoder(dt.date(2099, 1, 1), None)
    for made in lines_of(recipe):
        stored = msgspec.json.encode(decode_one(decoder, made.encode(), 0)).decode()
        assert stored == made
