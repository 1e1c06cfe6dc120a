"""Delta tables on an HDFS with Kerberos, encrypted on the wire: the client of delta-rs logs in by itself."""

import json

import pytest

from tests.faults.released_days import release_days

pytestmark = pytest.mark.long

DAY = "2025-12-01"


def test_tables_are_written_and_read_with_the_login_of_the_pipeline(box):
    """By `[hdfs.client]` and the keytab of the environment, like everything else; then nothing is new."""
    release_days(box, [DAY])
    written = box.start("delta", "write", "--json")
    written.end()
    assert {each["written"] for each in json.loads(written.out)["tables"]} == {1}
    listed = box.start("delta", "list", "--json")
    listed.end()
    (version,) = json.loads(listed.out)["versions"]
    assert (version["version"], version["date"], version["release"]) == (1, DAY, 1)
    again = box.start("delta", "write")
    again.end()
    assert again.out.startswith("trend_summary: 0 new versions\n")
