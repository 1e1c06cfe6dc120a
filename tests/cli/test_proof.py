"""On a real HDFS: the head that `verify` prints finds a log that was cut, and an empty root is not well."""

import json

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.storage.layout import Layout

RECORD = {
    "patient_id": "synthetic-1", "age": 40, "gender": "F", "diagnosis_code": "E11",
    "visit_date": "2025-12-22", "treatment_code": "T", "outcome": "ongoing",
}  # fmt: skip


def test_a_head_finds_a_log_that_was_cut_and_an_empty_root_ends_with_6(cli_on_stack, stack):
    """Nothing, then well, then shorter than what was seen."""
    assert cli_on_stack("verify").code == 6
    assert cli_on_stack("produce", "-", stdin=json.dumps(RECORD).encode() + b"\n").code == 0
    assert cli_on_stack("ingest").code == 0
    proof = json.loads(cli_on_stack("verify", "--json").out)
    assert (proof["ok"], proof["head"].partition(":")[0]) == (True, "2")
    assert cli_on_stack("verify", "--expect", proof["head"]).code == 0
    store, layout = HdfsStore(stack.hdfs_url, {}), Layout(cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"])
    for path in (layout.commit(2), layout.records):
        store.delete(path)
    assert cli_on_stack("verify").code == 0
    assert cli_on_stack("verify", "--expect", proof["head"]).code == 4
