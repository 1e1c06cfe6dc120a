"""`mllp` on real servers: what was acknowledged lies in the topic, and how the command ends."""

import random
import re
import socket
import threading
import time
from contextlib import closing

import pytest

from healthtrends.adapters.kafka_scan import held_values
from healthtrends.observe import metrics
from tests.faults.sandbox import wait_until
from tests.mllp.door import Sender, message, msa
from tests.mllp.engine import Engine
from tests.mllp.process import door_process
from tests.operations.scrape import Scrape, fetch


def held(cli_on_stack, stack) -> list[bytes]:
    topic = cli_on_stack.environ["HEALTHTRENDS_KAFKA__TOPIC"]
    return sorted(held_values(stack.bootstrap_servers, topic, (0, 1, 2), stack.kafka_client))


def test_acknowledged_messages_are_in_the_topic_and_sigterm_ends_with_0(cli_on_stack, stack):
    """Byte for byte; the document at the end has the counts, and the log no content."""
    sent = [message(str(number)) for number in range(500)]
    with door_process(cli_on_stack.environ, cli_on_stack.folder) as door:
        with Sender(door.address) as sender:
            sender.send(*sent)
            assert [msa(sender.answer()) for _ in sent] == [("AA", str(n)) for n in range(500)]
            sender.send(b"PID|1||synthetic-secret\r")
            assert msa(sender.answer()) == ("AR", "")
        code, document = door.terminate()
        assert (code, document["accepted"], document["rejected"]) == (0, 500, 1)
        assert '"answers": "no_msh"' in door.err
        assert "synthetic-" not in door.err
    assert held(cli_on_stack, stack) == sorted(sent)


def test_monitors_see_the_answers_and_that_it_is_ready(cli_on_stack):
    """Counted once however often they are looked at; the broker has the topic."""
    environ = cli_on_stack.environ | {"HEALTHTRENDS_METRICS__LISTEN": "127.0.0.1:0"}
    with door_process(environ, cli_on_stack.folder) as door:
        found = re.search(r'"metrics\.listening", "address": "([^"]+)"', door.err)
        assert found, door.err
        with Sender(door.address) as sender:
            sender.send(message("1"), message("2"), b"PID|1||synthetic-secret\r")
            for _ in range(3):
                sender.answer()
        expected = {("AA",): 2.0, ("AE",): 0.0, ("AR",): 1.0}
        wait_until(
            lambda: Scrape.of(fetch(found[1], "/metrics")[1]).values(metrics.MLLP_MESSAGES) == expected
        )
        wait_until(lambda: fetch(found[1], "/readyz")[0] == 200)
        assert fetch(found[1], "/healthz")[0] == 200
        assert door.terminate()[0] == 0


def test_sigterm_under_load_answers_what_it_holds(cli_on_stack, stack):
    """So that what was accepted is what the topic holds: nothing is sent again that is there."""
    stop = threading.Event()
    with door_process(cli_on_stack.environ, cli_on_stack.folder) as door:
        engines = [Engine(number, door.address, stop) for number in range(5)]
        for each in engines:
            each.start()
        while sum(len(each.acknowledged) for each in engines) < 500:
            time.sleep(0.01)
        code, document = door.terminate()
        for each in engines:
            each.abandon()
            each.join(60)
    acknowledged = sorted(message(name) for each in engines for name in each.acknowledged)
    assert (code, document["failed"], document["accepted"]) == (0, 0, len(acknowledged))
    assert held(cli_on_stack, stack) == acknowledged


def test_a_message_of_the_limit_is_taken_and_one_that_the_topic_refuses_gets_ar(cli_on_stack, stack):
    """A topic of default settings has room for 1 MiB once it is packed; noise cannot be packed."""
    text = message("1").ljust(1 << 20, b"x")
    noise = message("2") + random.Random(1).randbytes(2 << 20).translate(None, b"\x0b\x1c")
    with door_process(cli_on_stack.environ, cli_on_stack.folder) as door, Sender(door.address) as sender:
        assert sender.ask(text) == ("AA", "1")
        assert sender.ask(noise[: 1 << 20]) == ("AR", "2")
        assert sender.ask(message("3")) == ("AA", "3")
    assert held(cli_on_stack, stack) == sorted([text, message("3")])


def test_an_address_in_use_ends_with_2_and_says_what_to_do(cli_on_stack):
    """Before any server is asked."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        done = cli_on_stack("mllp", "--listen", f"127.0.0.1:{other.getsockname()[1]}")
    assert done.code == 2
    assert "Address already in use" in done.err
    assert "next: Another program has this port" in done.err


@pytest.mark.long
def test_a_broker_that_is_down_at_the_start_ends_with_5(cli_on_stack):
    """The port is not opened for nothing."""
    servers = "127.0.0.1:1"
    done = cli_on_stack("mllp", "--listen", "127.0.0.1:0", HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS=servers)
    assert done.code == 5
    assert f"Kafka at {servers} did not answer" in done.err
