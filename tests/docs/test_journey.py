"""The table of the journey is true, and the folders on disk are those that the documents name."""

from pathlib import Path

import pytest

import healthtrends

PACKAGE = Path(healthtrends.__file__).parent


@pytest.mark.parametrize(("step", "module"), healthtrends.JOURNEY)
def test_each_step_of_the_journey_is_a_file(step, module):
    """So that a reader who follows the table arrives."""
    assert (PACKAGE / module).is_file(), step


def test_the_table_in_the_docstring_is_the_constant():
    """One of the two is read by people, the other by this test."""
    for step, module in healthtrends.JOURNEY:
        assert step in (healthtrends.__doc__ or "")
        assert module in (healthtrends.__doc__ or "")
