"""Whoever may write in the root can change anything there, and `verify` notices it."""

import shutil

import pytest

from healthtrends.errors import NothingHere
from tests.faults.small_root import NOW, Root, copied, make_root
from tests.faults.tamperings import ISSUES, LOG, RECORDS, TAMPERINGS, Tampering

SAMPLE = (RECORDS[2], LOG[2], LOG[9], ISSUES[0], ISSUES[-1])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The root that is copied for each trial; the clock stands while it is made and looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEALTHTRENDS_NOW", NOW)
        yield make_root(tmp_path_factory.mktemp("finished"))


@pytest.fixture
def root(finished, tmp_path) -> Root:
    """A copy that may be tampered with."""
    return copied(finished, tmp_path / "root")


def named(tampering: Tampering) -> str:
    """For the name of a test."""
    return tampering.name.replace(" ", "-")


def test_nothing_is_wrong_with_a_finished_root(root):
    """Otherwise the trials would say nothing."""
    assert root.failing() == set()


@pytest.mark.parametrize("tampering", SAMPLE, ids=named)
def test_a_tampering_is_noticed(root, tampering):
    """One of each kind."""
    tampering.change(root)
    assert tampering.noticed_by in root.failing()


@pytest.mark.long
@pytest.mark.parametrize("tampering", [each for each in TAMPERINGS if each not in SAMPLE], ids=named)
def test_every_tampering_is_noticed(root, tampering):
    """By the check that it is for."""
    tampering.change(root)
    assert tampering.noticed_by in root.failing()


@pytest.mark.long
@pytest.mark.parametrize("tampering", [each for each in ISSUES if each.noticed_by == "published"], ids=named)
def test_a_run_mends_what_is_published(root, tampering):
    """From the kept copies, with nothing new in the topic."""
    tampering.change(root)
    root.run()
    assert root.failing() == set()


@pytest.mark.parametrize("left", ["nothing", "an empty folder"])
def test_a_root_that_is_not_there_is_no_whole_root(root, left):
    """Mistyped, emptied or deleted: there is nothing to verify, and that is said."""
    shutil.rmtree(root.folder / "r")
    if left != "nothing":
        (root.folder / "r").mkdir()
    with pytest.raises(NothingHere, match="nothing to verify"):
        root.verify()


def test_an_older_copy_of_the_root_is_noticed_by_a_head_kept_elsewhere(root, tmp_path):
    """`verify --expect` with the head that an earlier `verify` printed."""
    older = copied(root, tmp_path / "older")
    root.go_on()
    assert older.failing(root.head()) == {"expect"}
    assert root.failing(older.head()) == set()


def test_an_older_log_under_newer_run_records_is_noticed(root, tmp_path):
    """Each run notes the head that it left."""
    older = copied(root, tmp_path / "older")
    root.go_on()
    shutil.copytree(root.at("/r/_ht/runs"), older.at("/r/_ht/runs"), dirs_exist_ok=True)
    assert "witnesses" in older.failing()


def test_an_older_copy_of_the_root_is_whole_without_a_witness(root, tmp_path):
    """Nothing in it can tell; the docs say so."""
    older = copied(root, tmp_path / "older")
    root.go_on()
    assert older.failing() == set()


def test_deleted_run_records_are_not_noticed(root):
    """They are witnesses of the log and nothing holds them; the docs say so."""
    shutil.rmtree(root.at("/r/_ht/runs"))
    assert root.failing() == set()
