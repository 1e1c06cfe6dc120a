"""The benchmarks that documents name can be started; to measure is nothing for a test."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def test_every_benchmark_finds_what_it_imports():
    """Names of modules change, and nothing else runs these scripts."""
    names = sorted(path.stem for path in BENCHMARKS.glob("*.py"))
    found = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(names)}"],
        cwd=BENCHMARKS, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (found.returncode, len(names) > 20) == (0, True), found.stderr
