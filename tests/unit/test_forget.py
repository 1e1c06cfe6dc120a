"""What was computed with a person who is erased goes too, and a death anywhere leaves nothing half done."""

import random

import pytest

from healthtrends.config.publish import Publish
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.test_pipeline import DAYS, World, run, send

pytestmark = pytest.mark.slow

MINE = "P1"


class Killed(BaseException):
    """The process is no more."""


class DyingStore(LocalStore):
    """Counts effects, and dies before the one that is asked for."""

    effects = 0
    dies_at = 0

    def _reach(self):
        DyingStore.effects += 1
        if DyingStore.effects == DyingStore.dies_at:
            raise Killed

    def create(self, path, size=None):
        self._reach()
        return super().create(path, size)

    def rename(self, src, dst, *, replace=False):
        self._reach()
        super().rename(src, dst, replace=replace)

    def delete(self, path):
        self._reach()
        super().delete(path)


@pytest.fixture
def new_world(tmp_path):
    """Makes roots with three patients on the first day, published with the day after it."""
    pools = []

    def make(name="one", store=LocalStore, **settings):
        pools.append(StorePool(store(tmp_path / name)))
        world = World(pools[-1], **settings)
        send(world, 3, rejected=1)
        send(world, 3, DAYS[1])
        run(world)
        return world

    yield make
    for pool in pools:
        pool.close()


def forget(world, *given):
    pipeline = Pipeline(world)
    return pipeline.forget(pipeline.erasure.person(given or (MINE,), ()))


def check(world):
    """What `verify` finds."""
    findings = Pipeline(world).maintenance.verify(None).findings
    return [(each["check"], each["detail"]) for each in findings if not each["ok"]]


def everything(world, folder="/r"):
    for entry in world.pool.store.list(folder):
        path = f"{folder}/{entry.name}"
        if entry.is_folder:
            yield from everything(world, path)
        else:
            yield path, world.pool.store.read(path)


def test_dates_are_published_again_without_their_earlier_issues(new_world):
    """Of both days, and the one that looks back is one of them."""
    world = new_world()
    result, record = forget(world)
    assert (record.exit_code, result.issues) == (0, {str(day): [1] for day in DAYS})
    published = Pipeline(world).published
    assert [[issue.number for issue in published.all(day)] for day in DAYS] == [[2], [2]]
    assert [published.issue(day).source.input_records for day in DAYS] == [2, 2]
    assert check(world) == []


def test_no_file_of_before_is_left(new_world):
    """Not aside, not as a cube, not as a copy of an issue, not in an earlier manifest of one."""
    world = new_world()
    forget(world)
    left = dict(everything(world))
    assert not [path for path, content in left.items() if b'"P1"' in content]
    assert not [path for path in left if "/removed/" in path or "/000001" in path.partition("/issues/")[2]]


def test_earlier_issues_can_be_kept(new_world):
    """By the setting; the newest tells of the others only."""
    world = new_world(publish=Publish(after_erasure="keep"))
    forget(world)
    published = Pipeline(world).published
    assert [issue.number for issue in published.all(DAYS[0])] == [1, 2]
    assert published.issue(DAYS[0]).source.input_records == 2
    assert check(world) == []


def test_an_unpublished_date_stays_unpublished(new_world):
    """And what was published of it goes."""
    world = new_world()
    Pipeline(world).unpublish(DAYS[0])
    forget(world)
    issues = [Pipeline(world).published.all(day) for day in DAYS]
    assert [[issue.source.state for issue in each] for each in issues] == [["unpublished"], ["final"]]
    assert check(world) == []


def test_the_last_person_of_a_date_leaves_empty_reports(new_world):
    """Nothing says any more that somebody was there."""
    world = new_world()
    for number in range(4):
        forget(world, f"P{number}")
    assert [Pipeline(world).published.issue(day).source.state for day in DAYS] == ["empty", "empty"]
    assert (check(world), list(Pipeline(world).status()["dates"])) != ([], None)


def test_a_look_writes_nothing(new_world):
    """It tells dates, issues, cubes, windows and offsets."""
    world = new_world()
    before = dict(everything(world))
    pipeline = Pipeline(world)
    found = pipeline.look_for(pipeline.erasure.person([MINE], []))
    assert (found.found.records, found.cubes) == ({str(day): 1 for day in DAYS}, [str(day) for day in DAYS])
    assert found.topic == [(0, 0, 7)]
    assert dict(everything(world)) == before


def test_run_records_and_output_name_nobody(new_world, capfd):
    """Neither the record of the run, nor the log on the terminal."""
    world = new_world()
    forget(world)
    run(world)
    said = capfd.readouterr()
    records = [content for path, content in everything(world) if "/_ht/runs/" in path]
    assert records
    assert not [text for text in (*records, said.out.encode(), said.err.encode()) if b"P1" in text]


def test_a_run_finishes_what_a_death_left(new_world, monkeypatch):
    """It needs the log alone, which names dates."""
    world = new_world(store=DyingStore)
    die_at(world, 14)
    assert Pipeline(world)._log.read_state().has_open_erasure
    run(world)
    assert not Pipeline(world)._log.read_state().has_open_erasure
    assert [path for path, content in everything(world) if b'"P1"' in content] == []
    assert check(world) == []


def die_at(world, effect) -> bool:
    """Forget, and die before that effect; False: it ended before."""
    DyingStore.effects, DyingStore.dies_at = 0, effect
    try:
        forget(world)
    except Killed:
        return True
    finally:
        DyingStore.dies_at = 0
    return False


def survives(new_world, name, effect):
    world = new_world(name, store=DyingStore)
    died = die_at(world, effect)
    _, record = forget(world)
    assert (record.exit_code, check(world)) == (0, [])
    assert [path for path, content in everything(world) if b'"P1"' in content] == []
    assert [Pipeline(world).published.issue(day).source.input_records for day in DAYS] == [2, 2]
    return died


def test_a_sample_of_deaths(new_world):
    """Repeated or finished, never half; three moments of all."""
    for number, effect in enumerate(random.Random(19).sample(range(1, 60), 3)):
        survives(new_world, f"w{number}", effect)


@pytest.mark.long
def test_every_death(new_world):
    """Before each effect on the file store, from the fence to the closing commit."""
    effect = 1
    while survives(new_world, f"w{effect}", effect):
        effect += 1
    assert effect > 30
