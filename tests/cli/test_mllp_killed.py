"""`mllp` is killed while 20 senders send: every message that was acknowledged is in the topic.

A sender behaves as interface engines do: it sends again what was not acknowledged, on a new connection. So a
message may lie in the topic more than once; none that was acknowledged may be missing.
"""

import logging
import random
import threading
import time

import pytest

from healthtrends.adapters.kafka_scan import held_values
from healthtrends.devstack.free_ports import free_ports
from tests.mllp.door import message
from tests.mllp.engine import Engine
from tests.mllp.process import door_process

LOG = logging.getLogger(__name__)
SENDERS = 20


@pytest.mark.timeout(600)
@pytest.mark.parametrize("rounds", [3, pytest.param(30, marks=pytest.mark.long)])
def test_no_acknowledged_message_is_lost_when_the_door_is_killed(cli_on_stack, stack, rounds):
    """At random moments, under load; each start takes the same port again."""
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    address = f"127.0.0.1:{free_ports(1)[0]}"
    stop = threading.Event()
    engines = [Engine(number, address, stop) for number in range(SENDERS)]
    for each in engines:
        each.start()
    before = 0
    for kills in range(rounds + 1):
        with door_process(cli_on_stack.environ, cli_on_stack.folder, address) as door:
            time.sleep(chance.uniform(0.02, 1.0))
            while (acknowledged := sum(len(each.acknowledged) for each in engines)) == before:
                time.sleep(0.01)
            before = acknowledged
            if kills < rounds:
                door.kill()
                continue
            stop.set()
            for each in engines:
                each.join(60)
                assert not each.is_alive(), f"seed {seed}"
            assert door.terminate()[0] == 0
    check(cli_on_stack, stack, engines, f"seed {seed}")


def check(cli_on_stack, stack, engines: list[Engine], seed: str) -> None:
    """Every acknowledged message is there, whole; nothing is there that nobody sent."""
    topic = cli_on_stack.environ["HEALTHTRENDS_KAFKA__TOPIC"]
    held = set(held_values(stack.bootstrap_servers, topic, (0, 1, 2), stack.kafka_client))
    acknowledged = {message(each) for engine in engines for each in engine.acknowledged}
    assert acknowledged - held == set(), seed
    assert held - acknowledged == set(), seed  # the last round answered everything
    sent_again = sum(engine.sent_again for engine in engines)
    assert sent_again > 0, seed
    LOG.info("%s: %d acknowledged, %d sent again", seed, len(acknowledged), sent_again)
