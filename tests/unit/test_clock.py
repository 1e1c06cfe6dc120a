"""The time that a variable sets for tests and replays."""

import pytest

from healthtrends import clock
from healthtrends.errors import ConfigError


@pytest.mark.parametrize(
    "text", ["yesterday", "2025-12-24", "2025-12-24T12:00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_pinned_time_that_is_none_is_refused_by_name(monkeypatch, text):
    """Such a time would end a command with a traceback, or mean another moment in each time zone."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", text)
    with pytest.raises(ConfigError, match=r"HEALTHTRENDS_NOW = .* is no time"):
        clock.now()
