"""A day made by hand, small enough to check by eye: `day/` holds its lines and its reports.

After an intended change of the contract, write what the oracle says into `day/expected` and read the diff.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from healthtrends.reports.registry import schemas
from tests.golden.oracle import beyond_reports, expected, patients, without_detected

DAY = Path(__file__).parent / "day"
FILES = sorted((DAY / "date=2025-12-22").glob("*.jsonl"))
EXPECTED = {path.stem: path.read_bytes() for path in (DAY / "expected").glob("*.csv")}


def test_the_oracle_gives_the_golden_reports() -> None:
    """DuckDB, which shares no code with the product, gives the committed reports."""
    assert expected(FILES, "2025-12-22") == without_detected(EXPECTED)


def test_every_report_of_the_contract_is_golden() -> None:
    """No report is left out of the comparison."""
    assert set(EXPECTED) == set(schemas())


@pytest.mark.parametrize("engine", ["embedded", pytest.param("spark", marks=pytest.mark.long)])
def test_the_golden_day_gives_its_bytes(
    engine: str, analyse: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    """Both engines give the golden reports byte for byte, with warnings as errors and a silent terminal.

    And the figures that the published `quality` has beside them, and the patients of the cube.
    """
    assert analyse(engine, [f"file://{path}" for path in FILES], "2025-12-22") == EXPECTED
    assert json.loads((tmp_path / engine / "beyond.json").read_text()) == beyond_reports(FILES, "2025-12-22")
    found = json.loads((tmp_path / engine / "patients.json").read_text())
    assert found == [[patient.hex(), visits] for patient, visits in patients(FILES, "2025-12-22")]
