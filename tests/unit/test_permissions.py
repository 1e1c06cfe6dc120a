"""The home is its owner's alone, the cache nobody else's to write; what cannot be closed is refused."""

import os
import stat
from pathlib import Path

import pytest

from healthtrends.config.permissions import check_own, keep_private, keep_unwritable, make_folders
from healthtrends.errors import ConfigError

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_home_is_made_for_its_owner_only(tmp_path):
    """Whatever the mask of the process."""
    before = os.umask(0)
    try:
        keep_private(tmp_path / "home")
    finally:
        os.umask(before)
    assert mode(tmp_path / "home") == 0o700


def test_what_an_older_version_left_open_is_closed(tmp_path):
    """At every depth; a file that is executable for its owner stays so."""
    folder = tmp_path / "stack" / "kafka"
    folder.mkdir(parents=True)
    (folder / "segment.log").touch()
    (folder / "tool").touch()
    (folder / "tool").chmod(0o755)
    for each, loose in (
        (folder / "segment.log", 0o644), (folder, 0o775), (folder.parent, 0o755), (tmp_path, 0o755)
    ):  # fmt: skip
        each.chmod(loose)
    keep_private(tmp_path)
    found = [mode(each) for each in (folder / "segment.log", folder / "tool", folder, tmp_path)]
    assert found == [0o600, 0o700, 0o700, 0o700]


def test_what_else_its_owner_keeps_in_the_home_is_left_alone(tmp_path):
    """The home may be a folder that somebody uses for other things too."""
    (tmp_path / "notes").touch()
    (tmp_path / "notes").chmod(0o644)
    keep_private(tmp_path)
    assert mode(tmp_path / "notes") == 0o644


def test_no_link_is_followed(tmp_path):
    """What it leads to is not ours to change."""
    target = tmp_path / "elsewhere"
    target.touch()
    target.chmod(0o644)
    (tmp_path / "home" / "keys").mkdir(parents=True)
    (tmp_path / "home" / "keys").chmod(0o755)
    (tmp_path / "home" / "keys" / "link").symlink_to(target)
    keep_private(tmp_path / "home")
    assert mode(target) == 0o644


def test_a_home_that_is_a_link_is_refused(tmp_path):
    """The error names the folder to use."""
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match="symbolic link") as caught:
        check_own(tmp_path / "link")
    assert str(tmp_path) in caught.value.next_step


@AS_ROOT
def test_a_home_of_somebody_else_is_refused(tmp_path):
    """Also for root."""
    os.chown(tmp_path, 65534, -1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        keep_private(tmp_path)


@pytest.mark.parametrize("folder", ["/", "sticky"])
def test_a_folder_for_everybody_is_no_home(tmp_path, folder):
    """To close it would break the machine."""
    tmp_path.chmod(0o1777)
    with pytest.raises(ConfigError, match="folder for everybody"):
        keep_private(tmp_path if folder == "sticky" else Path(folder))


def test_the_cache_stays_readable_and_loses_the_writers(tmp_path):
    """Jars in it are run."""
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "a.jar").touch()
    for each, loose in ((tmp_path / "jars" / "a.jar", 0o666), (tmp_path / "jars", 0o777)):
        each.chmod(loose)
    keep_unwritable(tmp_path)
    assert [mode(each) for each in (tmp_path / "jars" / "a.jar", tmp_path / "jars")] == [0o644, 0o755]


def test_folders_are_private_all_the_way_down(tmp_path):
    """Not only the last of them."""
    make_folders(tmp_path / "a" / "b" / "c")
    assert [mode(each) for each in (tmp_path / "a", tmp_path / "a" / "b" / "c")] == [0o700, 0o700]
