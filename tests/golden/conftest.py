"""Runs the analysis on an engine in a process of its own, as a user's run does."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from healthtrends.devstack.java import find_java, spark_java_home

REPOSITORY = Path(__file__).resolve().parents[2]
Analyse = Callable[[str, Sequence[str], str], dict[str, bytes]]


@pytest.fixture
def analyse(tmp_path: Path) -> Analyse:
    """Call with engine, file URLs and date; gives the CSV of every report by name."""

    def run(engine: str, files: Sequence[str], date: str) -> dict[str, bytes]:
        out = tmp_path / engine
        out.mkdir()
        java = spark_java_home(find_java(), tmp_path / "java")
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tests.golden.run_engine", engine, date, out, java, *files],
            cwd=REPOSITORY, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        return {path.stem: path.read_bytes() for path in out.glob("*.csv")}

    return run
