"""A terminal shows whole columns, and says which it has no room for."""

import io
import re
import sys

import pytest

from healthtrends.cli.table import print_table

COLUMNS = ("diagnosis", "patients", "visits", "mean_age", "median_age", "men", "women", "percent_of_visits")
LINES = [("E11.9", "1,234", "1,300", "47.83", "48.0", "600", "634", "3.14")] * 2


class Terminal(io.StringIO):
    """What a terminal of some columns is sent."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def printed(monkeypatch):
    """Print the table to a terminal of so many columns, or to a pipe; give its lines."""

    def printed(width: int | None, *, wide: bool | None = None) -> list[str]:
        stream = Terminal() if width else io.StringIO()
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setenv("COLUMNS", str(width or 20))
        monkeypatch.setenv("TERM", "dumb-but-terminal")
        monkeypatch.setenv("NO_COLOR", "1")
        print_table("", COLUMNS, LINES, wide=wide)
        plain = re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue())
        return [line.rstrip() for line in plain.splitlines() if line.strip()]

    return printed


def test_the_columns_that_fit_are_whole(printed):
    """No name and no value is cut to dots."""
    header, _, first, *_ = printed(50, wide=False)
    assert (header.split(), first.split()) == ([*COLUMNS[:4]], list(LINES[0][:4]))
    assert all(len(line) <= 50 for line in (header, first))


def test_the_columns_without_room_are_named(printed):
    """And how to see them."""
    lines = " ".join(printed(50, wide=False)[4:])
    assert lines.startswith("no room for median_age, men, women, percent_of_visits")
    assert "--wide" in lines


def test_wide_shows_all_columns(printed):
    """The terminal breaks the lines."""
    assert printed(50, wide=True)[0].split() == list(COLUMNS)


def test_a_pipe_gets_all_columns(printed):
    """It has no width."""
    assert printed(None)[0].split() == list(COLUMNS)


def test_one_column_is_shown_however_narrow_the_terminal(printed):
    """Rather than nothing."""
    assert printed(12)[0].split() == ["diagnosis"]
