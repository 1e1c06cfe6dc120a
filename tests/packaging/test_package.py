"""What a user installs: a wheel that is whole, and locks that anyone can use."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-setup.lock")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """The wheel of this checkout, built beside it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "healthtrends", source / "healthtrends", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--no-index", "--wheel-dir", folder, source], check=True, timeout=120)
    (built,) = folder.glob("healthtrends-*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_every_file_of_the_package(wheel):
    """Data files too: the catalogue, the jars' lock, the mark for type checkers."""
    there = {
        str(path.relative_to(REPOSITORY))
        for path in (REPOSITORY / "healthtrends").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there - set(wheel.namelist()) == set()


def test_the_wheel_holds_no_tests_and_no_benchmarks(wheel):
    """Only the package and its description."""
    assert {name.split("/")[0].split("-")[0] for name in wheel.namelist()} == {"healthtrends"}


def test_the_wheel_installs_the_command(wheel):
    """`healthtrends` on the path."""
    (entry,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "healthtrends = healthtrends.cli.main:main" in wheel.read(entry).decode()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_no_address(name):
    """A mirror, or an index of one's own, serves as well."""
    assert "://" not in (REPOSITORY / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(name):
    """So that nothing else than what was tried is installed."""
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert re.match(r"^[a-z0-9][a-z0-9._\-\[\],]*==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_ci_can_be_run():
    """By its path, as the hook does."""
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)
