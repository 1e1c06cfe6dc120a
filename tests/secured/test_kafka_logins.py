"""Every way in to Kafka that works by configuration alone: records are sent and stored."""

import pytest

from tests.secured.conftest import USER
from tests.secured.kafka_settings import MTLS, SASL, UNSIGNED
from tests.secured.logins import bundle, certificate, locked_key, plain, token, unsigned_token
from tests.secured.token_endpoint import TokenEndpoint


def sent_and_stored(pipeline, topic, brokers) -> None:
    """With the rights that are needed, and no others."""
    brokers.allow(USER, "write", "topic", topic)
    brokers.allow(USER, "read", "topic", topic)
    assert pipeline.produce().code == 0
    done = pipeline("ingest", "--json")
    assert (done.code, done.document()["stored"]) == (0, 60), done.err


@pytest.mark.long
@pytest.mark.parametrize(
    ("way", "keys"),
    [
        (SASL, plain),
        (UNSIGNED, unsigned_token),
        (MTLS, certificate),
        (MTLS, locked_key),
        (MTLS, bundle),
    ],
    ids=["PLAIN", "unsigned token", "PEM", "encrypted key", "PKCS#12"],
)
def test_a_way_in_that_works(pipeline, brokers, secured_topic, way, keys):
    """As the keys say."""
    pipeline.login(brokers.addresses(way), keys(brokers))
    sent_and_stored(pipeline, secured_topic, brokers)


@pytest.mark.long
def test_a_token_of_an_endpoint_lets_in(pipeline, brokers, secured_topic):
    """OIDC, with a certificate of an authority of one's own."""
    authority = brokers.identity.authority
    with TokenEndpoint(brokers.identity.tokens, authority.issue("endpoint")) as endpoint:
        pipeline.login(brokers.addresses(SASL), token(brokers, endpoint.url))
        sent_and_stored(pipeline, secured_topic, brokers)
