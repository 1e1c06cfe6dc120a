"""The producer of `mllp`: what becomes of a message that the client itself does not take."""

import queue
from contextlib import closing

import pytest

from healthtrends.adapters.kafka_publisher import KafkaPublisher
from healthtrends.errors import ConfigError
from healthtrends.mllp.ports import Delivery

pytestmark = pytest.mark.slow

NOBODY = "127.0.0.1:1"


def published(client: dict[str, str], *values: bytes) -> list[Delivery]:
    """Reports on messages for a broker that is not there, in the order in which they come."""
    reports: queue.Queue[Delivery] = queue.Queue()
    with closing(KafkaPublisher(NOBODY, "topic", client, timeout=1.0, largest=1000)) as publisher:
        for value in values:
            publisher.publish(value, b"1", reports.put)
        return [reports.get(timeout=10) for _ in values]


def test_a_message_that_nobody_takes_in_time_has_failed():
    """The client drops it, so that nothing piles up while the broker is away."""
    assert published({}, b"x") == [Delivery.FAILED]


def test_a_message_above_the_largest_is_refused_at_once():
    """Another try would give the same."""
    assert published({}, b"x" * 100_000) == [Delivery.REFUSED]


def test_a_full_queue_is_a_failure_at_once():
    """The next one may find room."""
    reports = published({"queue.buffering.max.messages": "1"}, b"x", b"y")
    assert reports == [Delivery.FAILED, Delivery.FAILED]


def test_settings_that_the_client_refuses_are_an_error_of_the_configuration():
    """Before anything listens."""
    with pytest.raises(ConfigError, match="refuses its settings"):
        KafkaPublisher(NOBODY, "topic", {"linger.ms": "never"}, timeout=1.0, largest=1000)


def test_the_log_has_one_line_for_a_broker_that_is_away(capsys):
    """However many messages fail."""
    published({}, b"x", b"y", b"z")
    assert capsys.readouterr().err.count("mllp.broker_failed") == 1


def test_the_log_says_why_no_connection_stands(capsys):
    """That the time is up says nothing of the cause."""
    published({}, b"x")
    assert "Connection refused" in capsys.readouterr().err
