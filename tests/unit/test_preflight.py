"""The checks before a run: side by side, and the slow loading only once the first has passed."""

import pytest

from healthtrends.errors import ConfigError, HdfsUnavailable
from healthtrends.orchestrate.preflight import preflight


def refused() -> None:
    raise ConfigError("refused")


def away() -> None:
    raise HdfsUnavailable("away")


def test_nothing_is_loaded_for_a_run_whose_first_check_fails():
    """The process could not end before the loading does."""
    loaded = []
    with pytest.raises(ConfigError, match="refused"):
        preflight([refused, lambda: None], lambda: loaded.append(1))
    assert loaded == []


def test_loading_begins_once_the_first_check_has_passed():
    """Whatever the others find."""
    loaded = []
    with pytest.raises(HdfsUnavailable, match="away"):
        preflight([lambda: None, away], lambda: loaded.append(1))
    assert loaded == [1]


def test_the_first_failure_in_order_is_raised():
    """And not the one that came first in time."""
    with pytest.raises(ConfigError, match="refused"):
        preflight([lambda: None, refused, away])
