"""No id, raw or as a pseudonym, is in a root but in records, rejects and the patients of cubes, or in a log.

A sample of `tests/cli/test_no_ids.py`, without servers.
"""

import datetime as dt
import json
from dataclasses import replace

import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.pipeline import Pipeline
from tests.golden.local_pipeline import LocalPipeline
from tests.golden.random_day import DATE

DAY = dt.date.fromisoformat(DATE)
STORES = ("patient_json/", "rejects/", "facts/")
NAMES = ("patient_id", "visit_id", "record_id")


def messages():
    """Of 60 people with ids of all kinds; every tenth breaks a rule."""
    for number in range(60):
        fields = {
            "age": -1 if number % 10 == 9 else 40, "gender": "F", "diagnosis_code": "E11",
            "visit_date": DATE, "treatment_code": "T", "outcome": "ongoing",
            **{name: f"synthetic-{name}-{number}" for name in NAMES},
        }  # fmt: skip
        yield json.dumps(fields)


@pytest.fixture
def place(tmp_path):
    """A day that was published, released and verified."""
    place = LocalPipeline(tmp_path / "data", open_engine(EngineOptions(work=tmp_path / "work")))
    place.settings = replace(place.settings, pseudonymise=pseudonymiser(b"k" * 32), key_id="k")
    place.send(messages())
    place.run([DAY])
    Pipeline(place).releases.release(DAY, ReleaseOptions(force=True))
    Pipeline(place).maintenance.verify(None)
    yield place
    place.close()
    place.engine.close()


def test_no_id_is_outside_the_stores_of_records(place, capfd):
    """As it came, in hex or as bytes, in any file of the root or line of the log."""
    root = place.folder / "r"
    files = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    stored = [json.loads(line) for path in place.files() for line in path.read_bytes().splitlines()]
    names = {fields[name] for fields in stored for name in NAMES}
    assert len(names) == len(NAMES) * 54
    captured = capfd.readouterr()
    files["log"] = (captured.out + captured.err).encode()
    looked_at = [path for path in files if not path.startswith(STORES) and "/patients-" not in path]
    assert {path.split("/")[0] for path in looked_at} >= {"_ht", "reports", "release", "cube", "log"}
    forms = [b"synthetic-", *(name.encode() for name in names), *map(bytes.fromhex, names)]
    assert [path for path in looked_at if any(form in files[path] for form in forms)] == []
