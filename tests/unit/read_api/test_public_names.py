"""The read API is stable: its names, signatures and types, and what importing the package costs."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import healthtrends
from healthtrends import read

REPOSITORY = Path(__file__).resolve().parents[3]
RANGE = "(self, first: datetime.date | str, last: datetime.date | str | None = None"
WHICH = "as_of: datetime.datetime | datetime.date | str | None = None"
REPORT = RANGE.replace("first", "name: str, first") + f", *, {WHICH}, issue: int | None = None) -> Table"
SIGNATURES = {
    "Data.close": "(self) -> None",
    "Data.reports": REPORT,
    "Data.releases": REPORT,
    "Data.issues": f"{RANGE}, *, {WHICH}, released: bool = False) -> Table",
    "Data.history": RANGE.replace("first", "code: str, first") + ") -> Table",
    "Data.alarms": f"{RANGE}, *, code: str | None = None) -> Table",
    "Data.alarm_days": f"{RANGE}) -> Table",
    "Data.dates": "(self, having: Literal['reports', 'releases', 'records'] = 'reports')"
    " -> list[datetime.date]",
    "Data.latest": "(self) -> datetime.date",
    "Data.records": "(self, date: datetime.date | str, *, columns: Sequence[str] | None = None) -> Records",
    "Data.spark": "(self, session: 'SparkSession') -> 'SparkData'",
    "SparkData.records": "(self, date: datetime.date | str, *, resolved: bool = False) -> 'DataFrame'",
    "Table.schema": "property",
    "Table.batches": "(self) -> 'Iterator[pa.RecordBatch]'",
    "Table.reader": "(self) -> 'pa.RecordBatchReader'",
    "Table.rows": "(self) -> Iterator[dict[str, object]]",
    "Table.to_arrow": "(self) -> 'pa.Table'",
    "Table.to_pandas": "(self) -> 'pd.DataFrame'",
    "Table.to_polars": "(self) -> 'pl.DataFrame'",
    "open": "(config: str | os.PathLike[str] | None = None) -> Data",
}


def described(value):
    if isinstance(value, property):
        return "property"
    text = str(inspect.signature(value))
    for module in ("healthtrends.read.data.", "healthtrends.read.table.", "collections.abc.", "typing."):
        text = text.replace(module, "")
    return text


def test_names_and_signatures_are_the_promised_ones():
    """Adding is fine and is added here; a change of a line here breaks programs of others."""
    found = {"open": described(read.open)}
    for kind in (read.Data, read.SparkData, read.Table):
        own = {name: value for name, value in vars(kind).items() if not name.startswith("_")}
        found |= {f"{kind.__name__}.{name}": described(value) for name, value in own.items()}
    assert found == SIGNATURES


def test_the_package_has_the_names_of_the_read_api():
    """`healthtrends.open` is `healthtrends.read.open`."""
    assert {name: getattr(healthtrends, name) for name in healthtrends.READ_API} == {
        name: getattr(read, name) for name in read.__all__
    }
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = healthtrends.nonsense


def test_importing_the_package_loads_nothing_else():
    """No Arrow, no Kafka client, not even other modules of the package."""
    script = "import sys, json, typing; before = {*sys.modules}; import healthtrends\n"
    script += "print(json.dumps(sorted({*sys.modules} - before)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, check=True)
    assert json.loads(done.stdout) == ["healthtrends"]


USER = """
import datetime as dt

import healthtrends

with healthtrends.open("healthtrends.toml") as data:
    counts: dict[dt.date, object] = {}
    for row in data.reports("trend_summary", "2025-12-01", dt.date(2025, 12, 22)).rows():
        counts[dt.date(2025, 12, 22)] = row["count"]
    stored: int = data.records(data.latest()).lines
    try:
        data.history("E11", "2025-12-01", "2025-12-22").to_pandas()
    except healthtrends.HealthTrendsError as error:
        print(error.next_step)
    data.reports(3, "2025-12-22")
"""


@pytest.mark.slow
def test_a_script_of_a_user_is_checked_by_its_types(tmp_path):
    """mypy, strict: the one wrong call is found, and nothing else."""
    script = tmp_path / "script.py"
    script.write_text(USER)
    command = [sys.executable, "-m", "mypy", "--strict", str(script)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    errors = [line.partition("error: ")[2] for line in done.stdout.splitlines() if "error: " in line]
    assert errors == [
        'Argument 1 to "reports" of "Data" has incompatible type "int"; expected "str"  [arg-type]'
    ]
