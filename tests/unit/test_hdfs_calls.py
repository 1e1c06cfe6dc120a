"""Calls of the HDFS client while one of two NameNodes hangs."""

import socket
import threading
from collections.abc import Iterator

import pytest

from healthtrends.adapters import namenodes, timeouts
from healthtrends.adapters.hdfs import HdfsWriter
from healthtrends.adapters.hdfs_calls import HdfsCalls
from healthtrends.errors import ConfigError, HdfsUnavailable

pytestmark = pytest.mark.slow


@pytest.fixture
def calls(monkeypatch) -> Iterator[HdfsCalls]:
    """Of a name service whose first NameNode takes connections and says nothing; the second refuses them."""
    monkeypatch.delenv("HADOOP_CONF_DIR", raising=False)
    monkeypatch.delenv("HADOOP_HOME", raising=False)
    monkeypatch.setattr(timeouts, "_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(namenodes, "ANSWER_SECONDS", 0.3)
    with socket.socket() as hanging, socket.socket() as closed:
        keys = {"dfs.ha.namenodes.ns": "nn1,nn2"}
        for name, each in (("nn1", hanging), ("nn2", closed)):
            each.bind(("127.0.0.1", 0))
            keys[f"dfs.namenode.rpc-address.ns.{name}"] = f"127.0.0.1:{each.getsockname()[1]}"
        hanging.listen()
        yield HdfsCalls("hdfs://ns", keys)


def test_calls_that_wait_together_are_all_given_up_when_their_namenode_hangs(calls):
    """The first turns to another client; the others wait for the old one, whose NameNode still hangs."""
    never, asked = threading.Event(), calls.link
    try:
        for _ in range(2):
            with pytest.raises(HdfsUnavailable) as found:
                calls.call(asked, never.wait)
            assert found.value.why == "no answer, and a server hangs"
            assert calls.link.left_out == {"nn1"}
    finally:
        never.set()


def test_a_call_that_waits_for_the_namenode_that_is_left_is_given_its_time(calls):
    """It may be slow, and there is nobody else to ask."""
    never = threading.Event()
    with pytest.raises(HdfsUnavailable):
        calls.call(calls.link, never.wait)
    never.set()
    assert calls.call(calls.link, threading.Event().wait, 1.0) is False


def test_a_call_that_does_no_harm_twice_is_made_again(calls):
    """By the new client; the caller notices nothing."""
    made, again = [], threading.Event()

    def hangs_at_first(client):
        made.append(client)
        if len(made) == 2:
            again.set()
        again.wait()
        return len(made)

    assert calls.repeatable(hangs_at_first) == 2
    assert made[0] is not made[1]


class RefusedFile:
    """The client's file, which this user may not write."""

    is_closed = False

    def write(self, _):
        """Fail as the client does."""
        raise RuntimeError("AccessControlException: Permission denied")

    def close(self):
        """Where the client would ask the NameNode again and again."""
        self.is_closed = True


def test_a_file_that_was_refused_is_not_completed():
    """Its end says again why, at once."""
    calls, inner = HdfsCalls("hdfs://127.0.0.1:1", {}), RefusedFile()
    file = HdfsWriter(calls, calls.link, inner)
    for attempt in (lambda: file.write(b"x"), file.close):
        with pytest.raises(ConfigError, match="Permission denied"):
            attempt()
    assert not inner.is_closed
