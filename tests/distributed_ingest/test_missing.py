"""What executors may lack is said in one sentence, with the way to ship it."""

import json
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.distributed_ingest.sample import HERE

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def bare(tmp_path) -> Path:
    """A Python of its own without any package."""
    venv.create(tmp_path / "bare", symlinks=True)
    return tmp_path / "bare"


def give(bare: Path, *packages: str) -> None:
    """Put packages of the tests' Python into the bare one."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in packages:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        (bare / "lib" / version / "site-packages" / name).symlink_to(Path(spec.origin).parent)


def refusal(sandbox, python: Path, **conf: str) -> str:
    """What `ingest` says when the executors' Python is this one."""
    told = json.loads(sandbox.environ["HEALTHTRENDS_SPARK__CONF"])
    conf = told | {"spark.pyspark.python": str(python)} | conf
    sandbox.send(20, bad=0)
    run = sandbox.start(*HERE, HEALTHTRENDS_SPARK__CONF=json.dumps(conf))
    run.end(2)
    return run.err


def test_a_python_without_any_package(sandbox, bare):
    """Arrow is what Spark itself misses first."""
    said = refusal(sandbox, bare / "bin" / "python")
    assert "the Python of the executors has no package" in said
    assert "spark.archives" in said


def test_a_python_without_this_package(sandbox, bare):
    """All that PySpark needs is there, but not what decodes."""
    give(bare, "pyarrow", "numpy", "pandas", "dateutil", "pytz")
    said = refusal(sandbox, bare / "bin" / "python")
    assert "the Python of the executors has no package healthtrends" in said
    assert "spark.archives" in said


def test_no_python_at_all(sandbox, bare):
    """Such as the path of this machine's Python on another."""
    assert "the executors have no program" in refusal(sandbox, bare / "nowhere")


def test_jars_of_ones_own_without_the_kafka_source(sandbox):
    """Nothing is fetched then, and the one to add is named."""
    said = refusal(sandbox, Path(sys.executable), **{"spark.jars": str(sandbox.folder / "pseudonym.key")})
    assert "spark-sql-kafka-0-10_2.13" in said
