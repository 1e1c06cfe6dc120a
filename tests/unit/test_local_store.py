"""The file store of a local folder behaves as HDFS does when writers work side by side."""

import sys
import threading

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
