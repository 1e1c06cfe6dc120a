"""A date whose records are under two keys of pseudonyms says so, as a person counts once under each."""

import json
from dataclasses import replace

import pytest

from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.test_pipeline import DAYS, World, send


@pytest.fixture
def world(tmp_path):
    """Both dates published under the first key, then the first date once more under the second."""
    pool = StorePool(LocalStore(tmp_path))
    world = World(pool)
    for name, days in (("first", DAYS), ("second", DAYS[:1])):
        world.settings = replace(
            world.settings, pseudonymise=pseudonymiser(name.encode() * 5), key_id=name, new_key=True
        )
        for day in days:
            send(world, 2, day)
        Pipeline(world).run_dates(DAYS, RunOptions())
    yield world
    pool.close()


def meta(world, day):
    return json.loads(world.pool.store.read(f"/r/reports/trend_summary/date={day}/_meta.json"))


def test_quality_and_every_report_say_so(world):
    """Of the date that has both, and of no other."""
    published = Pipeline(world).published
    lines = [published.read(published.issue(day), "quality").rows for day in DAYS]
    assert [("pseudonym_keys", "2", "keys", "1", "warn") in rows for rows in lines] == [True, False]
    assert [meta(world, day).get("pseudonym_keys") for day in DAYS] == [2, None]


def test_the_dates_of_each_key_are_listed(world):
    """By the ids of the keys."""
    first, second = map(str, DAYS)
    assert Pipeline(world).maintenance.dates_by_key() == {"first": [first, second], "second": [first]}
