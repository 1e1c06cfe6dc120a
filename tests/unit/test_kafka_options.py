"""librdkafka's settings as the options of Spark's Kafka source."""

import pytest

from healthtrends.adapters.executors.kafka_options import client_settings, java_options, properties_line
from healthtrends.errors import ConfigError

ALWAYS = {
    "kafka.bootstrap.servers": "b:9092",
    "kafka.isolation.level": "read_committed",
    "kafka.check.crcs": "true",
    "kafka.allow.auto.create.topics": "false",
}


def test_without_settings_committed_messages_are_read():
    """As the plain ingest does."""
    assert java_options("b:9092", {}) == ALWAYS


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"security.protocol": "ssl"}, {"security.protocol": "SSL"}),
        ({"fetch.wait.max.ms": "50"}, {"fetch.max.wait.ms": "50"}),
        ({"isolation.level": "read_uncommitted", "auto.offset.reset": "earliest", "acks": "1"}, {}),
        ({"ssl.endpoint.identification.algorithm": "none"}, {"ssl.endpoint.identification.algorithm": ""}),
        ({"ssl.ca.pem": "PEM"}, {"ssl.truststore.certificates": "PEM", "ssl.truststore.type": "PEM"}),
        ({"compression.type": "zstd", "queued.min.messages": "5", "group.id": "g"}, {}),
    ],
)
def test_a_setting_gets_javas_name_and_form(given, found):
    """What tunes librdkafka alone, or producing, is passed over."""
    assert java_options("b:9092", given) == ALWAYS | {f"kafka.{name}": value for name, value in found.items()}


@pytest.mark.parametrize(
    ("mechanism", "module"), [("PLAIN", "PlainLoginModule"), ("SCRAM-SHA-512", "ScramLoginModule")]
)
def test_user_and_password_become_a_login_of_java(mechanism, module):
    """With quotes and backslashes spelled as Java reads them."""
    given = {"sasl.mechanisms": mechanism, "sasl.username": "u", "sasl.password": 'a"b\\c'}
    found = java_options("b:9092", given)
    assert found["kafka.sasl.mechanism"] == mechanism
    assert found["kafka.sasl.jaas.config"].endswith(f'.{module} required username="u" password="a\\"b\\\\c";')
    assert not any("username" in name or "password" in name for name in found)


def test_files_are_read_here(tmp_path):
    """Executors on other machines may lack them."""
    names = {"ca": "AUTHORITY", "certificate": "CERTIFICATE", "key": "-----BEGIN PRIVATE KEY-----"}
    for name, text in names.items():
        (tmp_path / name).write_text(text)
    found = java_options("b:9092", {f"ssl.{name}.location": str(tmp_path / name) for name in names})
    assert found["kafka.ssl.truststore.certificates"] == "AUTHORITY"
    assert found["kafka.ssl.keystore.certificate.chain"] == "CERTIFICATE"
    assert found["kafka.ssl.keystore.key"] == names["key"]
    assert found["kafka.ssl.keystore.type"] == found["kafka.ssl.truststore.type"] == "PEM"


@pytest.mark.parametrize(
    "given",
    [
        {"ssl.cipher.suites": "secret-value"},
        {"enable.ssl.certificate.verification": "false"},
        {"sasl.oauthbearer.config": "secret-value"},
        {"ssl.ca.location": "/secret-value"},
    ],
)
def test_what_cannot_be_translated_is_refused_by_its_name(given):
    """And its value is not told."""
    with pytest.raises(ConfigError, match=next(iter(given))) as caught:
        java_options("b:9092", given)
    assert "secret-value" not in f"{caught.value} {caught.value.next_step}"


def test_another_way_to_log_in_is_refused():
    """Kerberos needs a login configuration that only the cluster's owner can write."""
    with pytest.raises(ConfigError, match="GSSAPI is not translated"):
        java_options("b:9092", {"sasl.mechanism": "GSSAPI"})


def test_a_key_that_java_does_not_read_is_refused(tmp_path):
    """With the command that converts it."""
    (tmp_path / "key").write_text("-----BEGIN RSA PRIVATE KEY-----")
    with pytest.raises(ConfigError, match="key that Java does not read") as caught:
        java_options("b:9092", {"ssl.key.location": str(tmp_path / "key")})
    assert "openssl pkcs8" in caught.value.next_step


CLIENT = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "u",
    "sasl.password": "p",
}
LOGIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";'


def test_other_programs_get_the_settings_in_their_own_form():
    """Librdkafka's as configured; Java's; and Spark's, whose names begin with `kafka.`."""
    java = client_settings("java", "b:9092", CLIENT)
    assert client_settings("librdkafka", "b:9092", CLIENT) == {"bootstrap.servers": "b:9092", **CLIENT}
    assert (java["bootstrap.servers"], java["sasl.jaas.config"]) == ("b:9092", LOGIN)
    assert client_settings("spark", "b:9092", CLIENT) == {f"kafka.{k}": v for k, v in java.items()}


def test_a_line_of_a_properties_file_is_read_back_by_java():
    """Backslashes and breaks are spelled out, as in keys and quoted passwords."""
    assert properties_line("k", 'a\\"b\nc') == 'k=a\\\\"b\\nc'
