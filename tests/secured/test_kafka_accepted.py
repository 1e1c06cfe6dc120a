"""Final or worth another try: a cluster that has answered once in this process has accepted the client."""

import os
import signal

import pytest

from healthtrends.adapters.kafka_admin import cluster_id
from healthtrends.errors import ConfigError, KafkaUnavailable
from tests.faults.sandbox import wait_until
from tests.secured.conftest import USER, scram
from tests.secured.kafka_settings import EXPIRED, SASL
from tests.secured.logins import token
from tests.secured.token_endpoint import TokenEndpoint

MOMENT = 3  # seconds that a token lives; the client asks for the next one before


@pytest.fixture
def endpoint(brokers):
    """A token endpoint that can refuse."""
    with TokenEndpoint(brokers.identity.tokens, brokers.identity.authority.issue("endpoint")) as found:
        yield found


@pytest.mark.long
def test_an_endpoint_that_fails_is_final_at_first_and_transient_later(brokers, endpoint):
    """And once it answers again, all is well."""
    servers, keys = brokers.addresses(SASL), token(brokers, endpoint.url)
    endpoint.status = 401
    with pytest.raises(ConfigError, match="no token for Kafka"):
        cluster_id(servers, keys)
    endpoint.status = None
    assert cluster_id(servers, keys)
    endpoint.status = 401
    with pytest.raises(KafkaUnavailable, match="no token for Kafka"):
        cluster_id(servers, keys)
    endpoint.status = None
    assert cluster_id(servers, keys)


@pytest.mark.long
def test_an_endpoint_that_cannot_serve_now_is_awaited(brokers, endpoint):
    """The client asks it again by itself, and says nothing meanwhile."""
    endpoint.status = 503
    with pytest.raises(KafkaUnavailable, match="no token has come from https://localhost"):
        cluster_id(brokers.addresses(SASL), token(brokers, endpoint.url) | {"client.id": "waiting"}, 3.0)


@pytest.mark.long
def test_other_settings_are_not_accepted_by_that(brokers):
    """Each combination of addresses and keys counts for itself."""
    good = scram(brokers)
    assert cluster_id(brokers.addresses(SASL), good)
    with pytest.raises(ConfigError, match="refuses User:pipeline"):
        cluster_id(brokers.addresses(SASL), good | {"sasl.password": "not-this-one"})


@pytest.mark.long
def test_one_broker_of_several_that_refuses_does_not_end_what_another_answers(brokers):
    """During a renewal of certificates one broker may be late."""
    both = f"{brokers.addresses(EXPIRED)},{brokers.addresses(SASL)}"
    assert cluster_id(both, scram(brokers))


@pytest.mark.long
def test_a_follower_outlives_an_endpoint_that_is_away_for_a_while(pipeline, brokers, secured_topic, endpoint):
    """Its token has ended and the broker comes back: it tries again, and stores what was sent meanwhile."""
    for right in ("write", "read"):
        brokers.allow(USER, right, "topic", secured_topic)
    endpoint.life = MOMENT
    pipeline.login(brokers.addresses(SASL), token(brokers, endpoint.url))
    assert pipeline.produce().code == 0
    follower = pipeline.start("ingest", "--follow", HEALTHTRENDS_INGEST__COMMIT_INTERVAL="1")
    wait_until(lambda: _stored(follower.err))
    endpoint.status = 401
    brokers.kill(1)
    brokers.restart(1)
    wait_until(lambda: "attempt_failed" in follower.err)
    assert not follower.has_ended(), follower.err
    endpoint.status = None
    pipeline.login(brokers.addresses(SASL), scram(brokers))
    assert pipeline.produce().code == 0
    wait_until(lambda: sum(map(int, _stored(follower.err))) >= 120)
    os.kill(follower.pid, signal.SIGINT)
    follower.end(130)
    assert sum(map(int, _stored(follower.err))) == 120
    assert "no token for Kafka" in follower.err or "refuses" in follower.err


def _stored(log: str) -> list[str]:
    """How many messages each commit stored."""
    lines = [line for line in log.splitlines() if " ingest.commit " in line]
    return [part.removeprefix("stored=") for line in lines for part in line.split() if "stored=" in part]
