"""What is made of an error that a Kafka client hears: final or not, in which words, with which setting."""

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from healthtrends.adapters.kafka_access import Access, Right, missing_right
from healthtrends.adapters.kafka_admin import Admin
from healthtrends.adapters.kafka_client import merged, open_client, translate_error
from healthtrends.adapters.kafka_listener import Listener
from healthtrends.adapters.kafka_refusal import GRACE_SECONDS, Refusals, mismatch, refusal, words
from healthtrends.errors import ConfigError, KafkaUnavailable

PASSWORD = {"security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN", "sasl.username": "pipeline"}
REFUSED = KafkaError(
    KafkaError._AUTHENTICATION,
    "sasl_ssl://b:9093/bootstrap: SASL authentication error: Authentication failed: Invalid username or "
    "password (after 310ms in state AUTH_REQ)",
)
DOWN = KafkaError(
    KafkaError._TRANSPORT,
    "b:9093/bootstrap: Connect to ipv4#10.0.0.1:9093 failed: Connection refused (after 0ms in state CONNECT)",
)


@pytest.mark.parametrize(
    ("keys", "principal"),
    [
        ({}, "User:ANONYMOUS"),
        (PASSWORD, "User:pipeline"),
        (
            {"security.protocol": "SASL_SSL", "sasl.mechanisms": "OAUTHBEARER"},
            "the user of this OAUTHBEARER login",
        ),
        (
            {"security.protocol": "SSL", "ssl.certificate.location": "c.pem"},
            "the subject of this client's certificate",
        ),
        ({"security.protocol": "SSL"}, "User:ANONYMOUS"),
    ],
)
def test_a_client_is_named_as_the_rights_of_the_broker_name_it(keys, principal):
    """As far as it is known here."""
    assert Access("b:9093", keys).principal == principal


def test_a_message_loses_address_state_and_numbers():
    """What is left is what a person can read."""
    assert words(REFUSED.str()) == (
        "SASL authentication error: Authentication failed: Invalid username or password"
    )
    assert words(DOWN.str()) == "Connect to ipv4#10.0.0.1:9093 failed: Connection refused"
    alert = "error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42"
    told = f"ssl://b:9093/1: Receive failed: {alert} (after 0ms in state APIVERSION_QUERY)"
    assert words(told) == "Receive failed: ssl/tls alert bad certificate"


def test_a_refused_client_ends_its_question():
    """With the words of the broker, of this address."""
    heard = Refusals(Access("b:9093", PASSWORD))
    heard.note(REFUSED)
    with pytest.raises(ConfigError, match=r"^Kafka at b:9093 refuses User:pipeline \(Authentication failed"):
        heard.raise_refusal()


def test_a_client_that_was_accepted_before_tries_again():
    """The same sentence, with another type."""
    access = Access("accepted:9093", PASSWORD)
    access.accept()
    heard = Refusals(access)
    heard.note(REFUSED)
    with pytest.raises(KafkaUnavailable, match="refuses User:pipeline"):
        heard.raise_refusal()


def test_one_refusal_of_several_addresses_is_waited_for_a_moment(monkeypatch):
    """Another broker may answer; when none has by then, the refusal counts."""
    moments = iter((0.0, 0.0, GRACE_SECONDS - 0.1, GRACE_SECONDS))
    monkeypatch.setattr("healthtrends.clock.monotonic", lambda: next(moments))
    heard = Refusals(Access("b:9093,c:9093", PASSWORD))
    heard.note(REFUSED)
    assert [heard.raise_refusal() for _ in range(2)] == [None, None]
    with pytest.raises(ConfigError, match="refuses User:pipeline"):
        heard.raise_refusal()


def test_a_broker_that_is_down_is_no_refusal():
    """Its words say why nobody answered."""
    assert refusal(Access("b:9093", PASSWORD), DOWN) is None
    heard = Refusals(Access("127.0.0.1:1", {}))
    heard.note(DOWN)
    assert heard.raise_refusal() is None
    found = translate_error(TimeoutError(), Access("b:9093", {}), "asked", heard=heard.last_words())
    assert (type(found), found.why) == (
        KafkaUnavailable,
        "Connect to ipv4#10.0.0.1:9093 failed: Connection refused",
    )


def test_a_token_that_does_not_come_is_said():
    """The client says nothing while it tries again, as with an endpoint that answers 503."""
    keys = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.token.endpoint.url": "https://t/token",
    }
    assert Refusals(Access("b:9093", keys)).last_words() == "no token has come from https://t/token yet"


@pytest.mark.parametrize(
    ("listener", "protocol", "wanted"),
    [
        (Listener(has_tls=True, mechanisms=("PLAIN",)), "SASL_SSL", None),
        (Listener(has_tls=True, mechanisms=None), "SASL_SSL", None),
        (Listener(has_tls=True, mechanisms=None), "SASL_PLAINTEXT", '"SASL_SSL"'),
        (
            Listener(has_tls=True, mechanisms=("PLAIN",)),
            "PLAINTEXT",
            '"SASL_SSL", and "sasl.mechanism" one of PLAIN',
        ),
        (Listener(has_tls=False, mechanisms=()), "SASL_SSL", '"PLAINTEXT"'),
    ],
)
def test_another_protocol_than_the_ports_is_named_with_the_right_one(listener, protocol, wanted):
    """What the port did not say counts as right."""
    found = mismatch(Access("b:9093", {"security.protocol": protocol}), "b:9093", listener)
    assert (found is None) == (wanted is None)
    assert found is None or f'set "security.protocol" = {wanted} of [kafka.client]' in found.next_step


def test_a_missing_right_names_operation_resource_and_user():
    """And the command that gives it."""
    found = missing_right(Access("b:9093", PASSWORD), Right("WRITE", "topic", "t"), "denied")
    assert str(found) == "User:pipeline has no right WRITE on topic t (Kafka at b:9093: denied)"
    assert (
        "`kafka-acls.sh --add --allow-principal User:pipeline --operation WRITE --topic t`" in found.next_step
    )


def test_a_client_without_kerberos_says_how_one_is_made():
    """The wheel has none."""
    conf = {"security.protocol": "SASL_SSL", "sasl.mechanism": "GSSAPI"}
    access = Access("b:9093", conf)
    with pytest.raises(ConfigError, match="the Kafka client here has no Kerberos") as caught:
        open_client(Producer, merged({}, access.servers, conf), access)
    assert "docs/how-to/secured-kafka.md" in caught.value.next_step


def test_a_login_by_kerberos_that_fails_tells_its_cause():
    """As Cyrus SASL puts it, without what stands around."""
    text = (
        "sasl_ssl://b:9093/bootstrap: Failed to initialize SASL authentication: SASL handshake failed "
        "(start (-1)): SASL(-1): generic failure: GSSAPI Error: No credentials were supplied, or the "
        "credentials were unavailable or inaccessible (No Kerberos credentials available (default cache: "
        "FILE:/tmp/x)) (after 3ms in state AUTH_REQ)"
    )
    access = Access("b:9093", {"security.protocol": "SASL_SSL"})
    found = refusal(access, KafkaError(KafkaError._AUTHENTICATION, text))
    assert found is not None
    assert found.why == "No Kerberos credentials available (default cache: FILE:/tmp/x)"
    assert "KRB5_CLIENT_KTNAME" in found.next_step


def test_what_was_heard_before_an_answer_is_no_cause_of_a_later_failure():
    """A client lives for months."""
    refusals = Refusals(Access("b:9093", {}))
    refusals.note(DOWN)
    assert refusals.with_last_words("timed out").endswith("Connection refused")
    refusals.forget()
    assert refusals.with_last_words("timed out") == "timed out"


def test_settings_are_refused_with_the_key_to_look_at():
    """Of a file that a password opens, that of the password too."""
    text = "Failed to create admin client: ssl.key.location failed: error:0A080009:SSL routines::PEM lib"
    fault = KafkaException(KafkaError(KafkaError._INVALID_ARG, text))
    found = translate_error(fault, Access("b:9093", {}), "being set up")
    assert found.why == "ssl.key.location failed: error:0A080009:SSL routines::PEM lib"
    assert found.next_step == "check ssl.key.location and ssl.key.password of [kafka.client]"


class DroppingAdmin(Admin):
    """Loses each broker that it has asked, as the client does with one that another broker does not know."""

    def answer(self, *_):
        """Fail as librdkafka says it."""
        raise KafkaException(KafkaError(KafkaError._DESTROY_BROKER))


def test_settings_that_no_broker_told_are_no_missing_right():
    """Else an ingest would go on without them, and say that it lacks a right."""
    with pytest.raises(KafkaUnavailable, match="asked for the settings of visits"):
        DroppingAdmin(Access("127.0.0.1:1", {})).policy("visits", 0.1)
