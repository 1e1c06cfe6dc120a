"""Executors store what one process stores: line by line, rejects too."""

from tests.spread.sample import HERE, send_all_kinds, stored

BY_SPARK = "-by-spark"


def test_executors_store_the_same_lines(world):
    """Every line of data and rejects is the one of the plain ingest, over gaps of transactions too."""
    send_all_kinds(world)
    there = {"HEALTHTRENDS_HDFS__ROOT": world.root + BY_SPARK}
    spread = world.start(*HERE, **there)
    world.start("ingest").end()
    spread.end()
    store = world.store()
    for folder in ("patient_json", "rejects"):
        lines = stored(store, f"{world.root}/{folder}")
        assert lines
        assert stored(store, f"{world.root}{BY_SPARK}/{folder}") == lines
    world.start("verify", **there).end()
