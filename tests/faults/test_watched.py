"""`watch` while a follower stores records, and while a server hangs: a line says so, and it goes on."""

import json

import pytest

from tests.faults.sandbox import patience, wait_until
from tests.faults.servers import hanging

pytestmark = pytest.mark.long


def newest(run) -> dict[str, str]:
    """Lines of the newest whole block, by their first word."""
    block = run.out.rpartition("\n\n")[0].rpartition("\n\n")[2]
    return {line.partition(":")[0]: line.partition(": ")[2] for line in block.splitlines()}


def test_a_follower_is_watched_and_a_hung_server_is_a_line(own_stack, make_sandbox):
    """The looks go on, the follower is not disturbed, and SIGTERM ends the watch with 0."""
    sandbox = make_sandbox(own_stack.up(print))
    sandbox.send(400, 3)
    watch = sandbox.start("watch", "--every", "0.5", **patience(3))
    wait_until(lambda: newest(watch).get("lag", "").startswith("403 messages; by partition 0: "))
    follower = sandbox.start("ingest", "--follow")
    wait_until(lambda: newest(watch).get("lag", "").startswith("0 messages"))
    assert newest(watch)["last commit"].endswith("400 messages stored, 3 rejected")
    with hanging(own_stack, "namenode"):
        wait_until(lambda: newest(watch).get("last commit") == "not known")
        assert "fault" in newest(watch)
    wait_until(lambda: newest(watch).get("lag", "").startswith("0 messages"))
    sandbox.send(10, 0, first=1000)
    wait_until(lambda: "410 messages stored" in newest(watch).get("last commit", ""))
    follower.terminate()
    assert follower.end() == 0
    document = sandbox.start("watch", "--json")
    document.end()
    found = json.loads(document.out)
    assert (found["lag"], found["commit"]["records"], len(found["partitions"])) == (0, 410, 3)
    watch.terminate()
    assert (watch.end(), "Traceback" in watch.err) == (0, False)
