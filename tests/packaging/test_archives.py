"""Archives of a release: whole, and the same bytes for the same sources."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from supply_chain.archives import build, sums
from supply_chain.components import ROOT

EPOCH = 1_766_400_000
IGNORED = shutil.ignore_patterns(
    "__pycache__",
    ".venv",
    ".git",
    "*.egg-info",
    "build",
    "dist",
    "out",
    ".*_cache",
    ".hypothesis",
    ".coverage*",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> list[list[Path]]:
    """Two builds, of copies in other places, with other times and another mask."""
    found = []
    for number, mask in enumerate((0o022, 0o077)):
        folder = tmp_path_factory.mktemp(f"build{number}")
        before = os.umask(mask)
        try:
            source = folder / f"source{number}"
            shutil.copytree(ROOT, source, ignore=IGNORED)
            for file in source.rglob("*.py"):
                os.utime(file, (10**9 + number, 10**9 + number))
            found.append(build(source, folder / "dist", EPOCH))
        finally:
            os.umask(before)
    return found


def test_two_builds_have_the_same_bytes(built):
    """Source archive and wheel."""
    first, second = ([file.read_bytes() for file in files] for files in built)
    assert [file.name for file in built[0]] == [file.name for file in built[1]]
    assert first == second


def test_the_source_archive_holds_what_one_needs_to_test_and_release(built):
    """Tests, locks, docs, and nothing that was compiled."""
    with tarfile.open(built[0][0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        members = archive.getmembers()
    wanted = {
        "requirements.lock", "requirements-setup.lock", "Makefile", "MANIFEST.in", "pyproject.toml",
        "LICENSE", "CHANGELOG.md", "patient_data_pipeline.py", "tests/conftest.py",
        "tests/cluster/yarn.lock.json",
        "docs/how-to/release.md", "benchmarks/all.py", "supply_chain/sbom.py", ".ci/run",
        "healthtrends/devstack/jars.lock.json",
    }  # fmt: skip
    assert wanted - names == set()
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name]
    assert {(each.mtime, each.uid, each.uname) for each in members} == {(EPOCH, 0, "")}


def test_every_committed_kind_of_file_is_in_the_source_archive(built):
    """Each file of the copied sources, so that a new folder is not forgotten."""
    source = next(built[0][0].parent.parent.glob("source0"))
    there = {
        str(path.relative_to(source))
        for path in source.rglob("*")
        if path.is_file() and not {"build", "healthtrends.egg-info"} & set(path.relative_to(source).parts)
    }
    with tarfile.open(built[0][0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert there - names == set()


def test_the_wheel_of_the_source_archive_is_whole(built):
    """The package alone, and its data files."""
    names = zipfile.ZipFile(built[0][1]).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"healthtrends"}
    assert "healthtrends/devstack/jars.lock.json" in names


@pytest.mark.long
@pytest.mark.parametrize("number", [0, 1], ids=["sdist", "wheel"])
def test_an_archive_installs_into_an_empty_environment(built, number, tmp_path):
    """The command runs from there; what the lock names comes from the environment of the tests."""
    python, site = tmp_path / "venv/bin/python", sysconfig.get_path("purelib")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (own,) = (tmp_path / "venv/lib").glob("python*/site-packages")
    (own / "locked.pth").write_text(f"{site}\n")
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--ignore-installed"]
    subprocess.run([python, "-m", "pip", "install", *options, built[0][number]], check=True, cwd=tmp_path)
    where = "import healthtrends, sys; print(healthtrends.__file__); print(healthtrends.__version__)"
    found = subprocess.run([python, "-c", where], check=True, cwd=tmp_path, capture_output=True, text=True)
    file, version = found.stdout.splitlines()
    assert Path(file).is_relative_to(own)
    said = subprocess.run(
        [tmp_path / "venv/bin/healthtrends", "version"],
        check=True, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert version in said.stdout


def test_sums_name_every_file_but_their_own(tmp_path):
    """As `sha256sum -c` reads them."""
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "SHA256SUMS").write_bytes(b"old")
    assert [line.split("  ")[1] for line in sums(tmp_path).splitlines()] == ["a", "b"]
    assert sums(tmp_path).splitlines()[1].startswith("e3b0c44298fc1c14")
