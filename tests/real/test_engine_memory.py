"""`engine.memory`: what needs more goes to disk, and what cannot is refused with what to raise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from healthtrends.adapters.engines.embedded import EmbeddedEngine
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.spark import SparkEngine
from healthtrends.analyze.ports import EngineBroken
from healthtrends.devstack.java import find_java, spark_java_home

LIMIT = 64 * 2**20
GROUPS = 1_500_000
"""With a text of 64 characters each: several times the limit."""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    """An engine that may take 64 MiB."""
    engine = EmbeddedEngine(EngineOptions(work=tmp_path, memory=LIMIT))
    yield engine
    engine.close()


def test_groups_beyond_the_limit_are_counted_through_the_disk(small: EmbeddedEngine) -> None:
    """Nothing is lost on the way to the disk and back."""
    texts = small.session().range(GROUPS).selectExpr("sha2(cast(id as string), 256) as text")
    counted = texts.groupBy("text").count().selectExpr("sum(count) as n", "count(*) as groups")
    assert small.collect(counted).to_pylist() == [{"n": GROUPS, "groups": GROUPS}]


def test_what_must_stay_in_memory_is_refused_beyond_the_limit(small: EmbeddedEngine) -> None:
    """One list of everything; the error says what to raise."""
    texts = small.session().range(GROUPS).selectExpr("sha2(cast(id as string), 256) as text")
    with pytest.raises(EngineBroken, match="ran out of memory") as caught:
        small.collect(texts.selectExpr("size(collect_list(text))"))
    assert "`engine.memory`" in caught.value.next_step


def test_what_goes_to_the_disk_stays_in_the_folder_of_the_engine(
    small: EmbeddedEngine, tmp_path: Path
) -> None:
    """Pseudonyms have no business in the system's folder for everybody; at the end all is gone."""
    small.session()
    folder = tmp_path / "kept"
    assert (folder.stat().st_mode & 0o777, [each.is_dir() for each in folder.iterdir()]) == (0o700, [True])
    small.close()
    assert not folder.exists()


@pytest.mark.long
def test_a_spark_that_died_of_it_says_so_and_nothing_else(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its client has only seen the line go dead; the log knows why, and Py4J keeps its trace to itself."""
    java = spark_java_home(find_java(), tmp_path / "java")
    engine = SparkEngine(EngineOptions(name="spark", work=tmp_path, java_home=java, memory=512 * 2**20))
    numbers = engine.session().range(4)
    with pytest.raises(EngineBroken, match="ran out of memory") as caught:
        engine.collect(numbers.selectExpr("length(repeat(cast(id as string), 1500000000))"))
    engine.close()
    assert caught.value.why == "OutOfMemoryError: Java heap space"
    assert "Traceback" not in capfd.readouterr().err
