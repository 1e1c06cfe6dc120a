"""Addresses of places for backups and tables, as a person writes them."""

import pytest

from healthtrends.config import Settings
from healthtrends.errors import UsageError
from healthtrends.orchestrate.wiring.delta_place import open_delta_place
from healthtrends.orchestrate.wiring.place_address import PlaceAddress, place_address


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("hdfs://host:8020/a/b/", PlaceAddress("hdfs://host:8020", "/a/b")),
        ("file:///a%20b", PlaceAddress("", "/a b")),
        ("file:/a", PlaceAddress("", "/a")),
        ("tables", PlaceAddress("", "tables")),
        ("~/a:b", PlaceAddress("", "~/a:b")),
    ],
)
def test_a_place_is_a_folder_here_or_on_an_hdfs(url, place):
    """Each in the ways that people write it."""
    assert place_address(url, "tables") == place


@pytest.mark.parametrize(
    "url", ["", "hdfs:/a", "hdfs:a", "hdfs://host:8020/", "hdfs://[host/a", "file://host/a", "s3://b/a"]
)
def test_what_is_no_place_is_refused(url):
    """`hdfs:/a` would be a folder of that name here."""
    with pytest.raises(UsageError, match="is no place for tables"):
        place_address(url, "tables")


def test_who_only_reads_makes_no_folder(tmp_path):
    """The name may be typed wrong."""
    open_delta_place(Settings(), str(tmp_path / "tabels"), writes=False)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_name_is_not_the_place_of_the_settings(tmp_path):
    """It is a variable of a shell that is not set."""
    with pytest.raises(UsageError, match="an empty name is no place"):
        open_delta_place(Settings(), "")


def test_a_place_that_is_a_file_is_refused(tmp_path):
    """Before anything is read for it."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be used for tables"):
        open_delta_place(Settings(), str(tmp_path / "file" / "tables"))
