"""After an erasure the store is one that never received the person: records, rejects, cubes and reports."""

import datetime as dt
import json
import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze.ports import Engine
from healthtrends.ingest.plan import Shard
from healthtrends.model.opt_out import parse_opt_out
from healthtrends.orchestrate.pipeline import Pipeline
from tests.golden.local_pipeline import LocalPipeline
from tests.golden.random_day import random_lines

DATES = [dt.date(2025, 12, day) for day in (20, 21, 22)]
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One embedded engine for all cases."""
    opened = open_engine(EngineOptions(work=tmp_path_factory.mktemp("work")))
    yield opened
    opened.close()


def messages(seed: int) -> list[str]:
    """Random lines of three days with moved records, broken messages, and few patients."""
    draw = random.Random(seed)
    lines = [
        line
        for day in DATES
        for line in random_lines(draw.randrange(2**32), 60, patients=9, ids=True, date=str(day))
    ]
    for number in range(0, len(lines), 7):
        fields = json.loads(lines[number])
        if "age" in fields and "record_id" in fields:
            fields["previous_visit_date"] = str(DATES[0] - dt.timedelta(days=draw.randrange(1, 3)))
        elif "age" in fields:
            fields["age"] = -1
        lines[number] = json.dumps(fields, ensure_ascii=False)
    draw.shuffle(lines)
    return lines


def rows(path: Path) -> object:
    """Rows of a table in an order that no run decides."""
    return sorted(map(repr, pq.read_table(path).to_pylist()))


def stored(local: LocalPipeline) -> dict[str, object]:
    """What lies in the folders that others read, and in the quarantine."""
    root = local.folder / "r"
    lines = {
        f"{kind} {folder.name}": sorted(
            line for file in folder.glob("*.jsonl") for line in file.read_bytes().splitlines()
        )
        for kind in ("patient_json", "rejects")
        for folder in (root / kind).glob("*=*")
    }
    reports = {str(path.relative_to(root)): path.read_bytes() for path in (root / "reports").rglob("*.csv")}
    cubes = {str(path.relative_to(root)): rows(path) for path in (root / "cube").rglob("*.parquet")}
    return {**{name: found for name, found in lines.items() if found}, **reports, **cubes}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_store_is_one_that_never_received_the_person(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Byte for byte, and `verify` holds; the other store had the person on its opt-out list at once."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T12:00:00+00:00")
    draw = random.Random(seed)
    lines, person = messages(seed), f"{draw.randrange(9):032x}"
    all_of_them = [*(DATES[0] - dt.timedelta(days=back) for back in (2, 1)), *DATES]
    received, never = (LocalPipeline(folder=tmp_path / name, engine=engine) for name in ("one", "two"))
    never.settings = replace(never.settings, opt_out=parse_opt_out(person, None))
    for local in (received, never):
        for at in range(0, len(lines), 50):
            local.send(lines[at : at + 50])
            Pipeline(local).ingest(False, Shard(), threading.Event())
        local.run(all_of_them)
    pipeline = Pipeline(received)
    result, record = pipeline.forget(pipeline.erasure.person([person], []))
    assert (result.found.lines > 0, record.error) == (True, None)
    # What became empty is published again as empty; the other store publishes it so as well.
    assert stored(received) == stored(never)
    findings = Pipeline(received).maintenance.verify(None).findings
    assert [finding for finding in findings if not finding["ok"]] == []
    named = f'"patient_id":"{person}"'.encode()
    assert not [file for file in received.folder.rglob("*.jsonl") if named in file.read_bytes()]
    for local in (received, never):
        local.close()
