"""Why a Kafka cluster refuses Spark's source: the words that this project's own client has for it.

The source is a client of its own, in Java, and meets a password that was changed or a right that was taken
back by itself: to see a topic is enough for the plan, to read it is what executors need.
"""

import re

from confluent_kafka import KafkaError

from healthtrends.adapters.kafka_access import Access, Right, missing_right
from healthtrends.adapters.kafka_refusal import refusal
from healthtrends.errors import ConfigError

_SAID = re.compile(r"org\.apache\.kafka\.common\.errors\.(?P<kind>\w+)Exception(?:: (?P<text>[^\n]*))?")
_LOGIN = frozenset({"SaslAuthentication", "UnsupportedSaslMechanism", "IllegalSaslState"})
_TLS = "SslAuthentication"
_ALERT = re.compile(r"Received fatal alert: (\w+)")
_CERTIFICATE = re.compile(r"PKIX|CertificateException|CertPath|subject alternative|No name matching")
_GROUP = re.compile(r"group: ([\w.-]+)")
# As librdkafka spells what Java says in other words.
_AUTHENTICATION, _SSL = KafkaError._AUTHENTICATION, KafkaError._SSL  # noqa: SLF001  public, by its docs
_NO_TOPIC = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)
_NO_GROUP = KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED)


def source_refusal(text: str, access: Access, topic: str) -> ConfigError | None:
    """Return what the `text` of a failed job says against this client; None: nothing."""
    for said in _SAID.finditer(text):
        kind, why = said["kind"], said["text"] or ""
        if kind in _LOGIN:
            return refusal(access, KafkaError(_AUTHENTICATION, why))
        if kind == _TLS:
            return refusal(access, KafkaError(_SSL, _as_openssl(text)))
        if kind == "TopicAuthorization":
            return missing_right(access, Right("READ", "topic", topic), _NO_TOPIC.str())
        if kind == "GroupAuthorization":
            group = _GROUP.search(why)
            return missing_right(access, Right("READ", "group", group[1] if group else "*"), _NO_GROUP.str())
    return None


def _as_openssl(text: str) -> str:
    """What went wrong in a handshake, as the other client would say it."""
    if alert := _ALERT.search(text):
        return f"ssl/tls alert {alert[1].replace('_', ' ')}"
    return "certificate verify failed" if _CERTIFICATE.search(text) else text
