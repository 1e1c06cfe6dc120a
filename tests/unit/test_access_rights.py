"""One table says who may read what; a local folder as a root follows it."""

import grp
import os
import stat

import pytest

from healthtrends.config import Settings, load
from healthtrends.errors import ConfigError
from healthtrends.storage.access_rights import PRIVATE, Access, differences, root_rights
from healthtrends.storage.layout import Layout
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore

LAYOUT = Layout("/r")


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def no_mask():
    """So that modes are those that were asked for."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("asked", [None, "0700", "0750", "0755"])
@pytest.mark.parametrize("place", ["/r/_ht", "/r/rejects", "/r/facts", "/r/cube"])
def test_private_places_are_private_whatever_is_set(place, asked):
    """State, rejects, facts, cubes, and all below them."""
    rights = root_rights(LAYOUT, asked)
    assert {rights.folder_mode(place), rights.folder_mode(f"{place}/a/b")} == {0o700}


@pytest.mark.parametrize(("asked", "folder", "file"), [(None, 0o755, 0o644), ("0750", 0o750, 0o640)])
def test_other_places_are_as_set(asked, folder, file):
    """Without the setting as they always were."""
    rights = root_rights(LAYOUT, asked)
    paths = ("/r", LAYOUT.records, f"{LAYOUT.records}/date=2025-12-22", "/r/reports/x")
    assert ({rights.folder_mode(path) for path in paths}, rights.file) == ({folder}, file)


def test_folders_above_the_root_are_no_business_of_the_setting():
    """Others keep theirs there."""
    assert root_rights(LAYOUT, "0700").folder_mode("/") == 0o755


def test_a_local_root_follows_the_table(tmp_path, no_mask):
    """Created and renamed files, and every folder on the way."""
    pool = StorePool(LocalStore(tmp_path, root_rights(LAYOUT, "0750")))
    staged = LAYOUT.staged(1, "n") + "/x"
    pool.write(staged, b"1")
    pool.store.rename(staged, f"{LAYOUT.records}/date=D/part")
    pool.write(f"{LAYOUT.rejects}/ingested=D/part", b"1")
    pool.close()
    found = {str(path.relative_to(tmp_path)): mode(path) for path in tmp_path.rglob("*")}
    assert {path: each for path, each in found.items() if path.startswith("r/patient_json")} == {
        "r/patient_json": 0o750, "r/patient_json/date=D": 0o750, "r/patient_json/date=D/part": 0o640,
    }  # fmt: skip
    assert (found["r"], found["r/_ht"], found["r/rejects"], found["r/rejects/ingested=D"]) == (
        0o750, 0o700, 0o700, 0o700,
    )  # fmt: skip


def test_a_private_local_root_is_private_throughout(tmp_path, no_mask):
    """As the pages in the home are."""
    pool = StorePool(LocalStore(tmp_path / "new", PRIVATE))
    pool.write("/a/b", b"1")
    pool.close()
    assert [mode(tmp_path / each) for each in ("new", "new/a", "new/a/b")] == [0o700, 0o700, 0o600]


def test_what_is_wider_or_somebody_elses_is_named_with_the_remedy(tmp_path, no_mask):
    """What is narrower is not; a place that is missing neither."""
    store = LocalStore(tmp_path)
    for name, given in (("rejects", 0o755), ("_ht", 0o500), ("patient_json", 0o777), ("reports", 0o700)):
        (tmp_path / "r" / name).mkdir(parents=True)
        (tmp_path / "r" / name).chmod(given)
    (tmp_path / "r").chmod(0o750)
    assert list(differences(root_rights(LAYOUT, "0750"), store.access)) == [
        ("/r/patient_json", "mode 0777, wider than 0750", "-chmod -R g-w,o-rwx"),
        ("/r/rejects", "mode 0755, wider than 0700", "-chmod -R g-rwx,o-rwx"),
    ]
    own = grp.getgrgid(os.getegid()).gr_name
    assert not list(differences(root_rights(LAYOUT, "0770", group=own), lambda _: Access(0o700, "u", own)))
    strange = differences(root_rights(LAYOUT, group="g", owner="o"), lambda _: Access(0o700, "u", "w"))
    assert list(strange)[:2] == [
        ("/r", "owner u, not o", "-chown -R o"),
        ("/r", "group w, not g", "-chgrp -R g"),
    ]


@pytest.mark.parametrize("wrong", ["750", "0757", "0777", "0640", "01755", "rwx", ""])
def test_a_mode_that_all_may_write_to_or_is_none_is_refused(tmp_path, wrong):
    """Before anything starts, with the form that is allowed."""
    with pytest.raises(ConfigError, match=r"hdfs\.mode"):
        load(None, {"hdfs.mode": wrong}, {})


def test_nothing_is_set_by_default():
    """Places keep the modes that they always had."""
    hdfs = Settings().hdfs
    assert (hdfs.mode, hdfs.owner, hdfs.group) == (None, None, None)
