"""Several dates on each engine: gaps, late records, windows, pages and exports, up to `reports/`."""

import datetime as dt
import json
from pathlib import Path

import pytest

from healthtrends.analyze.cube_tables import NEEDED
from healthtrends.config.alarms import Alarms
from healthtrends.model.signals import STRATA
from tests.golden.local_pipeline import LocalPipeline
from tests.golden.random_day import random_lines
from tests.parity.engines import NAMES, Engines
from tests.parity.published_files import engines_of, folder_tree, unsigned

DATES = [dt.date(2025, 12, 19) + dt.timedelta(days=number) for number in range(4)]
GAP = DATES[1]
LATE = DATES[2]


def published(engines: Engines, name: str, folder: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """`reports/` and the tables of all cubes, after a run, late records and another run."""
    local = LocalPipeline(folder / name, engines[name])
    for number, date in enumerate(DATES):
        if date != GAP:
            local.send(random_lines(number, 60, patients=30, ids=True, date=str(date)))
    local.run(DATES)
    local.send(random_lines(99, 5, patients=30, ids=True, date=str(LATE)))
    local.run([], reprocess="stale")
    local.close()
    cubes = {
        f"{path.parents[1].name}/{path.name}": path.read_bytes()
        for path in (folder / name / "r/_ht/cubes").glob("date=*/*/*.parquet")
    }
    return folder_tree(folder / name / "r/reports"), cubes


@pytest.mark.long
@pytest.mark.parametrize("engine", ["spark", "connect"])
def test_a_history_is_published_the_same(
    engines: Engines, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files of `reports/` and all cubes, but for the names of engine and run."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-24T12:00:00+00:00")
    first, first_cubes = published(engines, NAMES[0], tmp_path)
    second, second_cubes = published(engines, engine, tmp_path)
    assert unsigned(second) == unsigned(first)
    assert second_cubes == first_cubes
    tables = len(NEEDED) + 1  # and the patients
    assert len(first_cubes) == len(DATES[2:]) * tables + tables
    assert (engines_of(first), engines_of(second)) == ({NAMES[0]}, {engine})


def alarms(engines: Engines, name: str, folder: Path) -> dict[str, bytes]:
    """The reports `alarms` and `trends` of a date after two weeks of ordinary days, by file."""
    local = LocalPipeline(folder / name, engines[name])
    local.alarms = Alarms(detector="ewma", min_count=3, levels=(*Alarms().levels, *STRATA))
    for back in range(14, -1, -1):
        date = str(DATES[-1] - dt.timedelta(days=back))
        local.send(random_lines(back, 60, patients=30, ids=False, date=date))
    local.send(map(encode_line, range(40)))
    local.run([DATES[-1]])
    local.close()
    tree = folder_tree(folder / name / "r/reports")
    return {
        path: tree[path] for path in tree if path.startswith(("alarms/", "trends/")) and path.endswith(".csv")
    }


def encode_line(number: int) -> str:
    """A patient of an outbreak of the last date."""
    fields = {
        "patient_id": f"outbreak-{number}", "age": 4, "gender": "F", "diagnosis_code": "A09",
        "visit_date": str(DATES[-1]), "treatment_code": "T", "outcome": "ongoing", "facility_id": "H1",
    }  # fmt: skip
    return json.dumps(fields)


@pytest.mark.long
@pytest.mark.parametrize("engine", NAMES[1:])
def test_alarms_and_trends_are_the_same_bytes(
    engines: Engines, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of codes, groups, ages, genders and places; what they are made from is compared in `make test` too."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-24T12:00:00+00:00")
    first = alarms(engines, NAMES[0], tmp_path)
    assert alarms(engines, engine, tmp_path) == first
    listed = b"".join(first[path] for path in first if path.startswith("alarms/"))
    assert b"A09" in listed
