"""Modes, owners and groups on a real HDFS."""

import subprocess
import sys

import pytest
from hdfs_native import Client

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.config import load
from healthtrends.errors import ConfigError
from healthtrends.orchestrate.wiring.rights_check import rights_findings
from healthtrends.storage.access_rights import root_rights
from healthtrends.storage.layout import Layout
from healthtrends.storage.store_pool import StorePool


@pytest.fixture
def wrote(stack, root):
    """Write as an ingest does, with these rights; gives modes by path below the root, and the store."""

    def write(**wanted):
        layout = Layout(root)
        store = HdfsStore(stack.hdfs_url, {}, root_rights(layout, **wanted))
        pool = StorePool(store)
        staged = layout.staged(1, "n") + "/x"
        pool.write(staged, b"1")
        store.rename(staged, f"{layout.records}/date=D/part")
        pool.write(f"{layout.reports}/x/date=D/part", b"1")
        pool.write(f"{layout.rejects}/ingested=D/part", b"1")
        pool.close()
        found = Client(stack.hdfs_url).list_status(root, recursive=True)
        paths = {each.path.removeprefix(root): each.permission for each in found}
        return paths, store

    return write


def test_all_but_private_places_have_the_mode_that_is_set(wrote):
    """Folders on the way to a file too, made by a create and by a rename."""
    modes, _ = wrote(mode="0750")
    folders = ("/patient_json", "/patient_json/date=D", "/reports", "/reports/x", "/reports/x/date=D")
    assert {modes[each] for each in folders} == {0o750}
    assert {modes["/patient_json/date=D/part"], modes["/reports/x/date=D/part"]} == {0o640}
    assert {modes[each] for each in ("/_ht", "/rejects", "/rejects/ingested=D", "/cube", "/facts")} == {0o700}


def test_without_the_setting_modes_are_as_they_always_were(wrote):
    """0755 and 0644; private places are private."""
    modes, _ = wrote()
    assert (modes["/patient_json/date=D"], modes["/patient_json/date=D/part"]) == (0o755, 0o644)
    assert {modes[each] for each in ("/_ht", "/rejects", "/cube", "/facts")} == {0o700}


def test_owner_and_group_are_given_and_the_group_is_inherited(wrote, root):
    """The superuser of the local HDFS may give folders away."""
    _, store = wrote(mode="0750", owner="etl", group="analysts")
    assert store.access(f"{root}/patient_json")[1:] == ("etl", "analysts")
    assert store.access(f"{root}/patient_json/date=D/part").group == "analysts"


def test_doctor_tells_of_folders_that_are_wider_than_the_setting(wrote, stack, root):
    """They were made before it was set; the command mends it."""
    wrote()
    settings = load(
        None,
        {"hdfs.url": stack.hdfs_url, "hdfs.root": root, "hdfs.mode": "0750", "hdfs.group": "analysts",
         "kafka.bootstrap_servers": stack.bootstrap_servers},
        {},
    )  # fmt: skip
    found = {(each.level, each.text): each.next_step for each in rights_findings(settings)}
    key = ("warning", f"{root}/patient_json: mode 0755, wider than 0750")
    assert found[key] == f"`hdfs dfs -chmod -R g-w,o-rwx {root}/patient_json`"
    assert any("not analysts" in text for _, text in found)
    assert not any(f"{root}/rejects: mode" in text for _, text in found)


AS_OTHER = """
import sys
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.errors import ConfigError
from healthtrends.storage.access_rights import root_rights
from healthtrends.storage.layout import Layout
url, root, kind = sys.argv[1:]
store = HdfsStore(url, {}, root_rights(Layout(root), **{kind: "strangers"}))
try:
    store.create(root + "/x").close()
except ConfigError as refused:
    print(refused)
    print(refused.next_step)
"""


@pytest.mark.parametrize("kind", ["owner", "group"])
def test_a_refused_owner_or_group_is_a_sentence_with_its_setting(stack, root, kind):
    """Of a user who is no superuser, and not in the group."""
    admin, root = Client(stack.hdfs_url), f"/{root.rpartition('/')[2]}"  # other tests close folders above
    before = admin.get_file_info("/").permission
    admin.mkdirs(root, 0o777, True)
    admin.set_permission(root, 0o777)
    admin.set_permission("/", 0o755)
    try:
        done = subprocess.run(
            [sys.executable, "-c", AS_OTHER, stack.hdfs_url, root, kind],
            capture_output=True, text=True, check=True, env={"HADOOP_USER_NAME": "somebody"},
        )  # fmt: skip
    finally:
        admin.set_permission("/", before)
    assert f"HDFS does not let this user make strangers the {kind} of {root}" in done.stdout
    assert f"correct hdfs.{kind}, or leave it out" in done.stdout
    assert ConfigError.exit_code == 2
