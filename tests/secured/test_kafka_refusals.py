"""Every way in to Kafka that is refused: exit 2, the cause in words, and the setting to look at."""

import pytest

from tests.secured import kafka_settings as ways
from tests.secured.conftest import scram
from tests.secured.logins import bundle, certificate, locked_key, plain, tls, token
from tests.secured.token_endpoint import TokenEndpoint

WRONG = "not-this-one"
NOWHERE = "https://localhost:1/token"


@pytest.fixture(scope="module")
def endpoint(brokers):
    """A token endpoint whose certificate is of the brokers' authority."""
    with TokenEndpoint(brokers.identity.tokens, brokers.identity.authority.issue("endpoint")) as found:
        yield found


def _stranger(brokers):
    return certificate(brokers, brokers.identity.stranger.issue("pipeline"))


def _expired(brokers):
    return certificate(brokers, brokers.identity.authority.issue("gone", is_expired=True))


CASES = {
    "unknown user": (
        ways.SASL,
        lambda b: scram(b) | {"sasl.username": "nobody"},
        "refuses User:nobody",
        "invalid credentials with SASL mechanism SCRAM-SHA-512",
        "check sasl.username and sasl.password of [kafka.client]",
    ),
    "wrong password, PLAIN": (
        ways.SASL,
        lambda b: plain(b) | {"sasl.password": WRONG},
        "refuses User:pipeline",
        "Authentication failed: Invalid username or password",
        "check sasl.username and sasl.password",
    ),
    "mechanism that the broker has not": (
        ways.SASL,
        lambda b: scram(b) | {"sasl.mechanism": "SCRAM-SHA-256"},
        "refuses User:pipeline",
        "broker's supported mechanisms: SCRAM-SHA-512,PLAIN,OAUTHBEARER",
        "set sasl.mechanism of [kafka.client]",
    ),
    "expired certificate of the broker": (
        ways.EXPIRED,
        scram,
        "the certificate of Kafka at localhost:",
        "why:  certificate has expired",
        "the broker needs a new one",
    ),
    "certificate for another host": (
        ways.WRONG_HOST,
        scram,
        "the certificate of Kafka at localhost:",
        "not valid for 'localhost'",
        "kafka.bootstrap_servers",
    ),
    "certificate of an unknown authority": (
        ways.STRANGER,
        scram,
        "the certificate of Kafka at localhost:",
        "unable to get local issuer certificate",
        "set ssl.ca.location of [kafka.client]",
    ),
    "no certificate of ours": (
        ways.MTLS,
        tls,
        "refuses a client without certificate",
        "ssl/tls alert",
        "set ssl.certificate.location and ssl.key.location of [kafka.client]",
    ),
    "our certificate of an unknown authority": (
        ways.MTLS,
        _stranger,
        "refuses the certificate of this client",
        "ssl/tls alert",
        "check ssl.certificate.location",
    ),
    "our certificate expired": (
        ways.MTLS,
        _expired,
        "refuses the certificate of this client",
        "ssl/tls alert",
        "until when it is valid",
    ),
    "TLS to a port without": (
        ways.OPEN,
        tls,
        "speaks no TLS and asks for no login",
        "why:  security.protocol is SSL",
        'set "security.protocol" = "PLAINTEXT"',
    ),
    "TLS and login to a port without both": (
        ways.OPEN,
        scram,
        "speaks no TLS and asks for no login",
        "why:  security.protocol is SASL_SSL",
        'set "security.protocol" = "PLAINTEXT"',
    ),
    "no TLS to a port with it": (
        ways.SASL,
        lambda _: {},
        "speaks TLS and asks for a login",
        "why:  security.protocol is PLAINTEXT",
        'set "security.protocol" = "SASL_SSL", and "sasl.mechanism" one of ',
    ),
    "login without TLS to a port with it": (
        ways.SASL,
        lambda b: scram(b) | {"security.protocol": "SASL_PLAINTEXT"},
        "speaks TLS and asks for a login",
        "why:  security.protocol is SASL_PLAINTEXT",
        'set "security.protocol" = "SASL_SSL"',
    ),
    "no login to a port that asks for one": (
        ways.SASL,
        tls,
        "speaks TLS and asks for a login",
        "why:  security.protocol is SSL",
        'set "security.protocol" = "SASL_SSL"',
    ),
    "login to a port that asks for none": (
        ways.MTLS,
        lambda b: scram(b) | certificate(b) | {"security.protocol": "SASL_SSL"},
        "refuses User:pipeline",
        "Request not valid in current SASL state",
        'set "security.protocol" = "SSL"',
    ),
    "wrong password of the key": (
        ways.MTLS,
        lambda b: locked_key(b, WRONG),
        "the Kafka client refuses its settings",
        "ssl.key.location failed",
        "check ssl.key.location and ssl.key.password of [kafka.client]",
    ),
    "wrong password of the PKCS#12 file": (
        ways.MTLS,
        lambda b: bundle(b, WRONG),
        "the Kafka client refuses its settings",
        "mac verify failure",
        "check ssl.keystore.location and ssl.keystore.password of [kafka.client]",
    ),
    "file of the authority missing": (
        ways.SASL,
        lambda b: scram(b) | {"ssl.ca.location": "/nowhere.pem"},
        "the Kafka client refuses its settings",
        "ssl.ca.location failed",
        "check ssl.ca.location of [kafka.client]",
    ),
    "token endpoint down": (
        ways.SASL,
        lambda b: token(b, NOWHERE),
        f"from {NOWHERE}",
        "Failed to connect to localhost:1",
        "check sasl.oauthbearer.token.endpoint.url of [kafka.client]",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_a_refused_client_reads_why_and_what_to_set(client, brokers, case):
    """And no secret."""
    way, keys, *said = CASES[case]
    client.login(brokers.addresses(way), keys(brokers))
    done = client.produce()
    assert done.code == 2, done.err
    assert [each for each in said if each not in done.err] == [], done.err
    assert WRONG not in done.err


@pytest.mark.long
def test_a_wrong_secret_is_refused_by_the_token_endpoint(client, brokers, endpoint):
    """Its words are shown."""
    keys = token(brokers, endpoint.url) | {"sasl.oauthbearer.client.secret": WRONG}
    client.login(brokers.addresses(ways.SASL), keys)
    done = client.produce()
    assert (done.code, "invalid_client" in done.err, WRONG in done.err) == (2, True, False), done.err
    assert "check sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret of [kafka.client]" in done.err


@pytest.mark.long
def test_the_certificate_of_the_token_endpoint_must_be_trusted_too(client, brokers, endpoint):
    """By a key of its own."""
    strange = str(brokers.identity.stranger.file)
    client.login(brokers.addresses(ways.SASL), token(brokers, endpoint.url) | {"https.ca.location": strange})
    done = client.produce()
    assert (done.code, "certificate" in done.err) == (2, True), done.err
    assert "check https.ca.location of [kafka.client]" in done.err
