"""Errors after which a producer sends nothing more, as the client raises them."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from healthtrends.adapters.kafka_producer import fatal_error

DENIED = KafkaException(KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED))


def wrapped(fault: BaseException, times: int) -> BaseException:
    """The fault as Python gives it when so many callbacks ran after it."""
    for _ in range(times):
        outer = SystemError("returned a result with an exception set")
        outer.__cause__ = fault
        fault = outer
    return fault


@pytest.mark.parametrize("times", [0, 1, 3])
def test_the_clients_error_is_found_below_any_number_of_callbacks(times):
    """Each wraps it once."""
    assert fatal_error(wrapped(DENIED, times)).name() == "CLUSTER_AUTHORIZATION_FAILED"


def test_another_fault_is_raised_as_it_is():
    """It is one of the program."""
    with pytest.raises(SystemError, match="with an exception set"):
        fatal_error(wrapped(ValueError(), 1))


def test_an_error_that_a_callback_lost_is_left_to_the_reports():
    """The client says so when it meets a fatal error while a callback of its own is at work."""
    lost = SystemError(
        "<method 'flush' of 'cimpl.Producer' objects> returned NULL without setting an exception"
    )
    assert fatal_error(lost) is None
