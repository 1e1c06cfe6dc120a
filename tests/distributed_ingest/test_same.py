"""Executors store what one process stores: line by line, rejects too."""

import pytest

from tests.distributed_ingest.sample import HERE, send_all_kinds, stored

BY_SPARK = "-by-spark"


@pytest.mark.parametrize(
    "encrypted", [False, pytest.param(True, marks=pytest.mark.long)], ids=["plain", "encrypted"]
)
def test_executors_store_the_same_lines(sandbox, encrypted):
    """Every line of data and rejects is the one of the plain ingest, over gaps of transactions too.

    Nobody stores the two patients who opted out. Encrypted rejects are the same as well.
    """
    sandbox.environ["HEALTHTRENDS_REJECTS__ENCRYPT"] = str(encrypted).lower()
    send_all_kinds(sandbox)
    listed = sandbox.folder / "opt-out.txt"
    listed.write_text("synthetic-1\nsynthetic-7\n")
    listed.chmod(0o600)
    sandbox.environ["HEALTHTRENDS_PRIVACY__OPT_OUT_FILE"] = str(listed)
    there = {"HEALTHTRENDS_HDFS__ROOT": sandbox.root + BY_SPARK}
    spread = sandbox.start(*HERE, **there)
    sandbox.start("ingest").end()
    spread.end()
    store = sandbox.store()
    for folder in ("patient_json", "rejects"):
        lines = stored(store, f"{sandbox.root}/{folder}")
        assert lines
        assert not any(b'"T1"' in line or b'"T7"' in line for line in lines)
        assert stored(store, f"{sandbox.root}{BY_SPARK}/{folder}") == lines
    sandbox.start("verify", **there).end()
