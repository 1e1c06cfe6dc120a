"""The charts' library: made once, kept in the cache, made again when what is kept is not whole."""

import shutil

import pytest

from healthtrends.adapters.vega import _digest_line, chart_library

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def one_cache(tmp_path_factory):
    """A cache with the real library."""
    folder = tmp_path_factory.mktemp("cache")
    chart_library(folder)
    return folder


@pytest.fixture
def kept(one_cache, tmp_path):
    """The one file of a cache of the test's own, which is `tmp_path`."""
    shutil.copytree(one_cache, tmp_path, dirs_exist_ok=True)
    (file,) = (found for found in tmp_path.rglob("*") if found.is_file())
    return file


def test_the_library_is_read_from_the_cache(kept, tmp_path):
    """What stands there with its digest is taken, a line separator in it too."""
    script = "other \u2028 \r\n script"
    kept.write_bytes(_digest_line(script.encode()) + b"\n" + script.encode())
    assert chart_library(tmp_path) == script


def test_a_damaged_copy_is_made_again(kept, tmp_path):
    """Its digest is its first line."""
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1])
    chart_library(tmp_path)
    assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path, capfd):
    """The page is made all the same."""
    (tmp_path / "file").write_text("")
    assert "window.vegaEmbed" in chart_library(tmp_path / "file")
    assert "page.library_not_kept" in capfd.readouterr().err


def test_the_library_cannot_end_its_own_element(kept, tmp_path):
    """It stands in the page as it is."""
    script = chart_library(tmp_path).lower()
    assert "</script" not in script
    assert "<!--" not in script
