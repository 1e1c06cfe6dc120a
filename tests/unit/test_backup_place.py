"""Places of backups as a user names them."""

import pytest

from healthtrends.config import Settings
from healthtrends.errors import UsageError
from healthtrends.orchestrate.wiring.backup_place import open_place


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_place_that_is_no_folder_is_refused_in_words(tmp_path, command):
    """It is a slip of who asks, and no fault of the program."""
    file = tmp_path / "file"
    file.touch()
    with (
        pytest.raises(UsageError, match="cannot be used for backups"),
        open_place(Settings(), f"{file}") as place,
    ):
        place.backups() if command == "backup" else place.newest()


def test_the_place_without_a_backup_is_named(tmp_path):
    """Somebody may have mistyped it."""
    with (
        pytest.raises(UsageError, match=r"no whole backup in /.*/other"),
        open_place(Settings(), f"{tmp_path}/other") as place,
    ):
        place.newest()
