"""`engine.memory` on the embedded engine: what needs more goes to disk, and what cannot is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from healthtrends.adapters.engines.embedded import EmbeddedEngine
from healthtrends.adapters.engines.options import EngineOptions
from healthtrends.analyze.ports import EngineBroken

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
