"""Executors store what one process stores: line by line, rejects too."""

from tests.distributed_ingest.sample import HERE, send_all_kinds, stored

BY_SPARK = "-by-spark"


def test_executors_store_the_same_lines(sandbox):
    """Every line of data and rejects is the one of the plain ingest, over gaps of transactions too."""
    send_all_kinds(sandbox)
    there = {"HEALTHTRENDS_HDFS__ROOT": sandbox.root + BY_SPARK}
    spread = sandbox.start(*HERE, **there)
    sandbox.start("ingest").end()
    spread.end()
    store = sandbox.store()
    for folder in ("patient_json", "rejects"):
        lines = stored(store, f"{sandbox.root}/{folder}")
        assert lines
        assert stored(store, f"{sandbox.root}{BY_SPARK}/{folder}") == lines
    sandbox.start("verify", **there).end()
