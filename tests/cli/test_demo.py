"""The demo as a newcomer runs it: nothing configured, an empty home."""

import csv
from pathlib import Path

import pytest

from healthtrends.config import cache


@pytest.fixture
def newcomer(cli):
    """An empty home, but the jars that this machine has fetched already; the stack goes afterwards."""
    cli.environ["HEALTHTRENDS_CACHE"] = str(cache())
    yield cli
    cli("down", "--purge")


def test_the_demo_shows_a_table_twice_and_sends_once(newcomer):
    """And leaves a stack that the other commands use."""
    first = newcomer("demo", "--records", "3000")
    assert first.code == 0, first.err
    assert "3,000 synthetic records sent" in first.err
    assert "diagnosis" in first.out
    assert "not counted" not in first.out
    page = Path(first.out.splitlines()[-1].rpartition("  ")[2])
    assert "Monday, 22 December 2025" in page.read_text("utf-8")
    (remembered,) = (newcomer.folder / "home" / "sent").rglob("*.json")
    remembered.unlink()  # the topic itself is asked
    assert "0 synthetic records sent, 3,000 were" in newcomer("demo", "--records", "3000").err
    again = newcomer("demo", "--records", "3000")
    assert again.code == 0, again.err
    assert "0 synthetic records sent, 3,000 were in the topic already" in again.err
    assert "sending to" not in again.err
    assert "up to date" in again.out
    status = newcomer("status", "--json").document()
    assert status["stack"]["running"]
    commits = status["commits"]
    assert (commits["records"] + commits["rejects"], commits["rejects"] > 0) == (3000, True)
    header, *rows = csv.reader(newcomer("report", "2025-12-22").out.splitlines())
    assert header == ["diagnosis", "count", "avg_age", "gender_ratio"]
    assert rows
    opened = newcomer("report", "2025-12-22", "--open", DISPLAY="", WAYLAND_DISPLAY="", BROWSER="")
    assert opened.out == f"{page}\n"
    saved = newcomer.folder / "released.html"
    assert newcomer("release", "2025-12-22", "--save", str(saved)).out.startswith("2025-12-22: up to date")
    assert "Released counts of Monday, 22 December 2025" in saved.read_text("utf-8")
    assert newcomer("audit", "2025-12-22").code == 0
    assert newcomer("down").out == "stopped\n"
