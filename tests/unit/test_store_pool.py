"""Calls to a store side by side: calls that make calls never wait for themselves."""

import pytest

from healthtrends.storage import store_pool
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore


@pytest.fixture
def pool(tmp_path, monkeypatch):
    """With two threads, which are soon all at work."""
    monkeypatch.setattr(store_pool, "_CALLS", 2)
    pool = StorePool(LocalStore(tmp_path))
    yield pool
    pool.close()


def test_calls_that_make_calls_come_to_an_end(pool):
    """Three deep, with more calls than threads at every depth."""

    def third(number):
        return number + 1

    def second(number):
        return sum(pool.stream(third, [number] * 5, 3))

    def first(number):
        return sum(pool.map(second, [number] * 5))

    assert list(pool.map(first, range(5))) == [25 * (number + 1) for number in range(5)]


def test_results_come_in_order_and_a_failure_when_its_turn_comes(pool):
    """Whichever call is done first."""
    found = pool.map(lambda number: 10 // number, [5, 2, 0, 1])
    assert [next(found), next(found)] == [2, 5]
    with pytest.raises(ZeroDivisionError):
        next(found)
