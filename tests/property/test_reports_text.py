"""What the reports say without an engine: numbers as text, CSV as bytes, a day without records."""

import csv
import datetime as dt
import io
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.model.csvtext import csv_bytes
from healthtrends.reports.registry import schemas
from healthtrends.reports.report import Report, encode_cell
from healthtrends.reports.rounding import mean, percent, quotient, share
from tests.analysis import analyze_day


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (mean(48, 1), "48.0"),
        (mean(95, 2), "47.5"),
        (share(505, 1000), "0.505"),
        (mean(1, 200), "0.0"),
        (mean(3, 200), "0.02"),
        (mean(-3, 200), "-0.02"),
        (mean(-1, 400), "0.0"),
        (share(2, 3), "0.6667"),
        (percent(1, 3), "33.33"),
        (percent(1, 1), "100.0"),
        (share(0, 7), "0.0"),
        (share(0, 0), ""),
        (0.000004, "0.000004"),
        (0.00012, "0.00012"),
    ],
)
def test_numbers_are_written_as_the_contract_says(told: float | None, text: str) -> None:
    """Half to even, the fewest digits but one after the point, nothing for a share of nothing."""
    assert encode_cell(told) == text


@given(st.integers(-(10**11), 10**11), st.integers(1, 10**6), st.integers(1, 4))
def test_rounding_is_that_of_decimal(numerator: int, denominator: int, places: int) -> None:
    """Against `decimal`, with enough digits that its own division cannot hide a half."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(numerator) / Decimal(denominator)
        rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    assert Decimal(encode_cell(quotient(numerator, denominator, places))) == rounded


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), st.integers(1, 4))
def test_a_rounded_number_is_as_near_as_its_places_allow(
    numerator: int, denominator: int, places: int
) -> None:
    """Never more than half a unit of the last place away."""
    told = Fraction(encode_cell(quotient(numerator, denominator, places)))
    assert abs(told - Fraction(numerator, denominator)) <= Fraction(1, 2 * 10**places)


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.text("\",=;' é")), max_size=5
    )
)
def test_csv_reads_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    """Quotes, commas and formula characters come back unchanged from any RFC 4180 reader."""
    read = list(csv.reader(io.StringIO(csv_bytes(("a", "b"), rows).decode(), newline="")))
    assert [tuple(row) for row in read] == [("a", "b"), *rows]


def test_csv_quotes_only_where_it_must() -> None:
    """Commas and quotes are quoted, a formula is written as it is, lines end in a line feed."""
    assert csv_bytes(("a", "b"), [("=1+1", "x,y"), ('"', "")]) == b'a,b\n=1+1,"x,y"\n"""",\n'


@pytest.fixture
def nothing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Reports of a date without files, on an engine that could not even start."""
    engine = open_engine(EngineOptions(name="spark", java_home=None, work=tmp_path_factory.mktemp("w")))
    return analyze_day(engine, [], dt.date(2025, 12, 22))


def test_a_date_without_files_needs_no_engine(nothing: dict[str, Report]) -> None:
    """All reports are there, with their header."""
    headers = {name: report.csv().decode().split("\n")[0] for name, report in nothing.items()}
    assert headers == {name: ",".join(schema.column_names) for name, schema in schemas().items()}


def test_a_date_without_files_has_the_fixed_rows(nothing: dict[str, Report]) -> None:
    """Bands, genders, windows and metrics are listed, codes are not."""
    assert {name: len(report.rows) for name, report in nothing.items()} == {
        "trend_summary": 0,
        "diagnosis_detail": 0,
        "top_diagnoses": 0,
        "age_distribution": 19,
        "gender_breakdown": 4,
        "treatment_outcomes": 0,
        "visit_frequency": 15,
        "facilities": 0,
        "quality": 14,
        "diagnosis_groups": 0,
        "places": 0,
        "alarms": 0,
        "trends": 0,
        "nowcast": 0,
    }


def test_a_date_without_files_counts_zero(nothing: dict[str, Report]) -> None:
    """Counts are 0 and shares are not known."""
    assert nothing["gender_breakdown"].rows[0] == ("M", 0, 0, None, None)


def test_the_stage_loads_without_pyspark() -> None:
    """What every command imports must not cost the second that PySpark takes."""
    code = (
        "import sys; import healthtrends.analyze.compute_day, healthtrends.adapters.engines.factory;"
        "print([name for name in ('pyspark', 'pandas', 'pyarrow', 'pysail') if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
