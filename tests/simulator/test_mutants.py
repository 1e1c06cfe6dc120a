"""The simulator notices every wrong form of the real code, so its silence about the right one counts.

Each patch leaves out or turns round one rule of docs/explanation/commit-protocol.md.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator.schedule import parsed

REPOSITORY = Path(__file__).parents[2]
PATCHES = sorted((REPOSITORY / "tests/simulator/mutants").glob("*.patch"))
SCHEDULES = 5_000


def played(package, *arguments):
    """Play schedules with the package below a folder."""
    environment = {**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{REPOSITORY}"}
    command = [sys.executable, "-m", "tests.simulator", *arguments]
    return subprocess.run(
        command, cwd=package, env=environment, capture_output=True, text=True, check=False, timeout=280
    )


@pytest.fixture
def package(tmp_path):
    """A copy of the package, to be patched."""
    shutil.copytree(
        REPOSITORY / "healthtrends", tmp_path / "healthtrends", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def test_there_are_twelve_mutants():
    """As many as the page of the protocol names."""
    assert len(PATCHES) == 12


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_random_schedules_catch(package, patch):
    """One of a few thousand schedules breaks the promise when this rule is left out."""
    subprocess.run(["git", "apply", str(patch)], cwd=package, check=True)
    result = played(package, "0", "--count", str(SCHEDULES), "--as-it-is")
    assert (result.returncode, result.stdout[:5]) == (1, "seed "), result.stdout[-500:] + result.stderr


def test_what_is_caught_is_told_by_a_shorter_schedule(package):
    """Its text breaks the same when it is played again."""
    patch = next(patch for patch in PATCHES if patch.stem.endswith("overwrite"))
    subprocess.run(["git", "apply", str(patch)], cwd=package, check=True)
    first, text, *_ = played(package, "0", "--count", str(SCHEDULES)).stdout.splitlines()
    assert len(parsed(text).events) < 30
    again = played(package, "--text", text, "--as-it-is")
    assert again.stdout.splitlines()[0].split(": ")[1] == first.split(": ")[1]
