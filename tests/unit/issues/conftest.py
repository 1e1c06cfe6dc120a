"""Issues below `/r` in a folder of this machine."""

import pytest

from healthtrends.publish.issue_store import Issues
from healthtrends.storage.layout import Layout
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore


@pytest.fixture
def issues(tmp_path):
    """None are published."""
    pool = StorePool(LocalStore(tmp_path))
    yield Issues(pool, Layout("/r"))
    pool.close()
