"""Between the client and the NameNode, messages come late, in part, or not at all; each record is there once.

What befalls which message is drawn from a seed, which is printed.
"""

import random
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.errors import HdfsUnavailable
from tests.faults.proxy import Proxy, Schedule
from tests.faults.sandbox import check, patience

AT_ONCE = 4
FRESH = random.SystemRandom().sample(range(10**6), 12)


class Once(Schedule):
    """One fault, at the first reply after it is armed."""

    def __init__(self, fault: str) -> None:
        super().__init__(seed=0)
        self.armed = False
        self._fault = fault

    def draw(self, direction: str) -> str | None:
        if not self.armed or direction != "reply":
            return None
        self.armed = False
        return self._fault


def try_seed(seed, sandbox, most=15, seconds=4):
    """One ingest behind a bad network; it must ride it out, since the network is sound in the end."""
    sandbox.send()
    schedule = Schedule(seed, most=most)
    with Proxy(port(sandbox.servers), schedule) as proxy:
        sandbox.start("ingest", HEALTHTRENDS_HDFS__URL=proxy.url, **patience(seconds)).end()
    print("seed", seed, dict(schedule.done))  # noqa: T201  pytest shows it when the test fails
    assert schedule.done.total() > 0
    check(sandbox)


def port(servers) -> int:
    found = urlsplit(servers.hdfs_url).port
    assert found is not None
    return found


def test_a_bad_network(sandbox):
    """With a fixed seed, few faults and little patience."""
    try_seed(23, sandbox, most=3, seconds=1)


@pytest.mark.long
def test_twelve_bad_networks(stack, make_sandbox):
    """With fresh seeds; every failure names its own."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = {seed: pool.submit(try_seed, seed, make_sandbox(stack)) for seed in FRESH}
    failed = {seed: repr(each.exception()) for seed, each in tried.items() if each.exception()}
    assert failed == {}


def test_a_call_without_an_answer_ends_and_the_next_one_works(stack, root):
    """It is worth another try; the client itself would wait for ever."""
    schedule = Once("silence")
    with Proxy(port(stack), schedule) as proxy:
        store = HdfsStore(proxy.url, {"ipc.client.rpc-timeout.ms": "1000"})
        store.list("/")
        schedule.armed = True
        with pytest.raises(HdfsUnavailable, match="is silent"):
            store.length(root)
        assert store.length(root) is None


def test_a_rename_whose_answer_is_lost_has_happened(stack, root):
    """The error says nothing about it; whoever needs to know must look."""
    schedule = Once("lose")
    with Proxy(port(stack), schedule) as proxy:
        store = HdfsStore(proxy.url, {})
        store.create(f"{root}/a").close()
        schedule.armed = True
        with pytest.raises(HdfsUnavailable):
            store.rename(f"{root}/a", f"{root}/b")
        assert (store.length(f"{root}/a"), store.length(f"{root}/b")) == (None, 0)
