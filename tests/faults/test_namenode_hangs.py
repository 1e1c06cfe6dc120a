"""One of two NameNodes takes connections and says nothing: every command turns to the other."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.faults.sandbox import DAY, check


@pytest.fixture
def two_namenodes(sandbox) -> Iterator[dict[str, str]]:
    """A name service whose first NameNode hangs; the second is that of the session."""
    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen(200)
        addresses = {
            "nn1": f"127.0.0.1:{hanging.getsockname()[1]}",
            "nn2": sandbox.servers.hdfs_url.removeprefix("hdfs://"),
        }
        keys = {f"dfs.namenode.rpc-address.ns.{name}": address for name, address in addresses.items()}
        yield {
            "HEALTHTRENDS_HDFS__URL": "hdfs://ns",
            "HEALTHTRENDS_HDFS__CLIENT": json.dumps({"dfs.ha.namenodes.ns": "nn1,nn2", **keys}),
            # Shorter than the patience for a single NameNode, which is 30 s.
            "HEALTHTRENDS_RETRY__DEADLINE": "5",
        }


@pytest.mark.long
def test_commands_turn_to_the_namenode_that_answers(sandbox, two_namenodes):
    """Those that look and those that write, and the engine, which reads the files by itself."""
    sandbox.send()
    sandbox.start("ingest", **two_namenodes).end()
    check(sandbox)
    for command in (("status",), ("doctor",), ("run", DAY), ("report", DAY), ("verify",)):
        sandbox.start(*command, **two_namenodes).end()


@pytest.mark.parametrize("url", ["hdfs://a:8020,b:8020", "hdfs://namenode"])
def test_an_address_that_names_no_namenode_ends_with_2(sandbox, url):
    """With what to write; nobody is asked."""
    run = sandbox.start("status", HEALTHTRENDS_HDFS__URL=url, HEALTHTRENDS_RETRY__DEADLINE="1")
    run.end(2)
    assert "next:" in run.err
