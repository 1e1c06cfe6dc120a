"""The patients of a big date are fetched range by range: the same figures and the same cube."""

import datetime as dt
from pathlib import Path

import pyarrow as pa

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze import compute_day as computing
from healthtrends.analyze.cube_tables import BUCKETS, part_names, tables
from healthtrends.analyze.parquet import decode
from tests.golden.random_day import DATE, random_lines


def test_ranges_of_patients_give_the_same_day_as_all_at_once(tmp_path: Path, monkeypatch):
    """A synthetic day of 800 lines in 8 ranges: figures, patients and their order are those of one range."""
    path = tmp_path / "part.jsonl"
    path.write_text("\n".join(random_lines(5, 800, patients=300, ids=True)) + "\n", encoding="utf-8")
    engine = open_engine(EngineOptions(work=tmp_path / "work"))
    try:
        whole = computing.compute_day(engine, [path.as_uri()], dt.date.fromisoformat(DATE))
        monkeypatch.setattr(computing, "_AT_ONCE", 100)
        ranged = computing.compute_day(engine, [path.as_uri()], dt.date.fromisoformat(DATE))
    finally:
        engine.close()
    assert (len(whole.patients), len(ranged.patients)) == (1, 8)
    assert by_name(ranged.figures) == by_name(whole.figures)
    one, several = tables(whole), tables(ranged)
    names = part_names(several, 0, BUCKETS)
    assert len(names) == 8
    assert pa.concat_tables(decode(several[name]) for name in names).equals(decode(one["patients-00"]))
    for number, name in enumerate(names):
        assert set(decode(several[name])["bucket"].to_pylist()) <= set(range(32 * number, 32 * number + 32))


def by_name(figures):
    """Figures, the order of codes and treatments aside: a cube sorts them."""
    found = {name: getattr(figures, name) for name in figures.__dataclass_fields__}
    return found | {"treatments": sorted(map(repr, figures.treatments))}
