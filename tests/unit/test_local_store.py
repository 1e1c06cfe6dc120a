"""The file store of a local folder behaves as HDFS does when writers work side by side."""

import os
import sys
import threading
from pathlib import Path

import pytest

from healthtrends.adapters.localfs import LocalStore

FOLDER = "/staging/1"


def test_a_file_is_made_while_another_writer_removes_its_emptied_folder(tmp_path):
    """On HDFS the folder and the file are made in one step."""
    store, ended = LocalStore(tmp_path), threading.Event()

    def clean() -> None:
        while not ended.is_set():
            store.delete(FOLDER)

    cleaners, before = [threading.Thread(target=clean) for _ in range(3)], sys.getswitchinterval()
    for cleaner in cleaners:
        cleaner.start()
    sys.setswitchinterval(1e-6)
    try:
        for number in range(2000):
            store.create(f"{FOLDER}/{number}").close()
    finally:
        sys.setswitchinterval(before)
        ended.set()
        for cleaner in cleaners:
            cleaner.join()


def test_a_rename_of_a_file_that_is_gone_says_so(tmp_path):
    """It is not tried for ever."""
    store = LocalStore(tmp_path)
    with pytest.raises(FileNotFoundError):
        store.rename("/a", "/b/c")


def test_a_file_is_on_disk_before_it_has_its_name_and_then_the_name_is(tmp_path):
    """Power that fails later takes neither; so a name never stands for a torn content."""
    synced = []

    def sync(opened):
        os.fsync(opened)
        path = Path(f"/proc/self/fd/{opened}").readlink()
        synced.append(str(path).removeprefix(str(tmp_path)))

    store = LocalStore(tmp_path, sync=sync)
    with store.create("/aside/1") as file:
        file.write(b"content")
    assert synced[-1] == "/aside/1"
    store.rename("/aside/1", "/objects/ab/1")
    assert synced[-3:] == ["", "/objects", "/objects/ab"]
