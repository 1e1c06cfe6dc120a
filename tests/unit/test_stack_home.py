"""The local stack starts only where nobody else can put something in its way; nothing is started here."""

import os
import tempfile
from pathlib import Path

import pytest

from healthtrends.devstack.plain_path import engine_path, make_link, server_path
from healthtrends.devstack.stack import LocalStack
from healthtrends.errors import ConfigError


@pytest.fixture
def unused(tmp_path):
    """A stack whose home is there, and was never started."""
    stack = LocalStack(tmp_path / "home", tmp_path / "cache")
    stack.folder.mkdir(parents=True)
    stack.home.chmod(0o755)
    return stack


def test_a_planted_link_is_not_followed(unused, tmp_path):
    """It would make or change a file of ours elsewhere."""
    target = tmp_path / "elsewhere"
    (unused.home / "stack.lock").symlink_to(target)
    with pytest.raises(ConfigError, match=r"stack\.lock cannot be opened"):
        unused.down()
    assert not target.exists()


def test_a_pipe_in_the_place_of_the_lock_is_refused(unused):
    """Nor does it make the command wait."""
    os.mkfifo(unused.home / "stack.lock")
    with pytest.raises(ConfigError, match=r"stack\.lock is no file of this user"):
        unused.down()


@pytest.mark.parametrize("place", ["home", "cache"])
def test_a_home_or_cache_that_others_may_write_is_refused(unused, place):
    """Its jars and argument files are run."""
    folder = getattr(unused, place)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    with pytest.raises(ConfigError, match="may be written by others"):
        unused.down()


def test_the_lock_is_for_its_owner_only(unused):
    """Whoever can lock it stops every start."""
    unused.down()
    assert (unused.home / "stack.lock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["healthtrends", "andré", "v1.2+3_4-5"])
def test_servers_use_a_plain_path_itself(tmp_path, name):
    """Letters of any script."""
    assert server_path(tmp_path / name, tmp_path) == tmp_path / name


def test_servers_reach_another_path_through_a_link(tmp_path):
    """Which is made again when it leads elsewhere."""
    folder, cache = tmp_path / "Application Support", tmp_path / "cache"
    folder.mkdir()
    link = server_path(folder, cache)
    make_link(link, cache)
    make_link(link, folder)
    assert link.resolve() == folder
    assert link.parent.parent == cache


def test_a_folder_that_somebody_puts_above_the_link_meanwhile_is_refused(tmp_path, monkeypatch):
    """It was missing when it was looked at, as in the folder for temporary files."""
    folder, place = tmp_path / "Application Support", tmp_path / "t"
    link = server_path(folder, place)
    make = Path.mkdir

    def somebody_is_faster(path, **options):
        monkeypatch.setattr(Path, "mkdir", make)
        path.mkdir(parents=True)
        place.chmod(0o777)
        link.symlink_to(folder)
        path.mkdir(**options)

    monkeypatch.setattr(Path, "mkdir", somebody_is_faster)
    with pytest.raises(ConfigError, match="may be written by others"):
        make_link(link, folder)


@pytest.mark.parametrize("cache", ["cache", "für alle"])
def test_engines_get_a_path_of_ascii(tmp_path, monkeypatch, cache):
    """The embedded engine reads from another path than it wrote to, when there are other letters in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    folder = tmp_path / "andré" / "engines"
    folder.mkdir(parents=True)
    found = engine_path(folder, tmp_path / cache)
    assert str(found).isascii()
    assert found.resolve() == folder


@pytest.mark.parametrize("sign", ["'", '"', "$", "`", "\\", "\n"])
def test_a_home_that_a_shell_would_take_apart_is_refused(tmp_path, sign):
    """Hadoop's servers hand it to one, whatever link they are given."""
    folder = tmp_path / f"a{sign}b" / "stack"
    with pytest.raises(ConfigError, match="its servers do not take"):
        make_link(server_path(folder, tmp_path), folder)


def test_a_home_and_a_cache_with_odd_paths_are_refused(tmp_path):
    """Then a link helps nobody."""
    folder = tmp_path / "100%"
    with pytest.raises(ConfigError, match="its servers take a path of letters"):
        make_link(server_path(folder, folder), folder)
