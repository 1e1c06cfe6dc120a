"""Temporary files of a command lie in a folder below the home, and go with it."""

import os
import tempfile
from pathlib import Path

from healthtrends.devstack.plain_path import drop_engine_path, engine_path
from healthtrends.orchestrate.wiring.temp_dir import own_temp_folder, remove_unused


def test_temporary_files_of_libraries_go_there_too(tmp_path):
    """Those of Python by its own module, those of others and of children by TMPDIR."""
    before = os.environ.get("TMPDIR")
    with own_temp_folder(tmp_path / "tmp") as folder:
        assert (os.environ["TMPDIR"], tempfile.gettempdir()) == (str(folder), str(folder))
    assert os.environ.get("TMPDIR") == before
    assert tempfile.gettempdir() != str(folder)


def test_an_empty_folder_is_removed_with_the_command(tmp_path):
    """Most commands leave nothing."""
    with own_temp_folder(tmp_path / "tmp") as folder:
        pass
    assert not folder.exists()


def test_what_was_left_stays_until_down(tmp_path):
    """A browser may still show it."""
    with own_temp_folder(tmp_path / "tmp") as folder:
        (folder / "page.html").touch()
    assert (folder / "page.html").exists()
    remove_unused(tmp_path / "tmp")
    assert not (tmp_path / "tmp").exists()


def test_the_folder_of_a_running_command_is_not_removed(tmp_path):
    """Its engine works there."""
    with own_temp_folder(tmp_path / "tmp") as folder:
        (folder / "block").touch()
        remove_unused(tmp_path / "tmp")
        assert (folder / "block").exists()


def test_the_next_command_removes_what_is_a_day_old(tmp_path):
    """Where the servers are a cluster's there is no `down`."""
    old, new = tmp_path / "tmp" / "old", tmp_path / "tmp" / "new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    with own_temp_folder(tmp_path / "tmp"):
        assert (old.exists(), new.exists()) == (False, True)


def test_the_link_of_an_odd_home_is_removed_too(tmp_path, monkeypatch):
    """It lies in the machine's folder where the cache's path is odd as well."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "machine"))
    home, cache = tmp_path / "é home" / "tmp", tmp_path / "é cache"
    link = engine_path(home, cache)
    assert Path(link).is_relative_to(tmp_path / "machine")
    drop_engine_path(home, cache)
    assert list((tmp_path / "machine").iterdir()) == []


def test_the_folder_of_an_odd_home_is_made_through_its_link(tmp_path):
    """The link is made first; `down` removes the folder and such a home has none at first."""
    parent = engine_path(tmp_path / "é home" / "tmp", tmp_path / "cache")
    with own_temp_folder(parent) as folder:
        assert folder.resolve().parent == tmp_path / "é home" / "tmp"
