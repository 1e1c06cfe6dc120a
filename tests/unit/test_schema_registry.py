"""Client of the schema registry: credentials, certificates, faults, and what is never shown."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from healthtrends.adapters.schema_registry import SchemaRegistry
from healthtrends.config import printed
from healthtrends.config.load import load
from healthtrends.config.registry_keys import registry_settings
from healthtrends.config.settings import Settings
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError, RegistryUnavailable
from healthtrends.orchestrate.wiring.registry_check import registry_findings
from tests.registry_server import RegistryServer

SCHEMA = {"type": "record", "name": "R", "fields": [{"name": "a", "type": "string"}]}


@pytest.fixture
def server():
    """A registry with one schema."""
    with RegistryServer() as found:
        found.add(SCHEMA)
        yield found


def client(url, **keys):
    """A client with these keys; underscores stand for dots."""
    given = {name.replace("_", "."): value for name, value in keys.items()}
    return SchemaRegistry(registry_settings({"url": url, **given}))


def finding(server, **keys):
    """What `doctor` says of it."""
    registry = {"url": server.url, **keys}
    (found,) = registry_findings(Settings(source=Source(envelope="confluent", registry=registry)))
    return found


@pytest.mark.parametrize(
    ("keys", "header"),
    [
        ({"basic_auth_user_info": "reader:s3cret"}, "Basic cmVhZGVyOnMzY3JldA=="),
        ({"bearer_auth_token": "t0ken"}, "Bearer t0ken"),
    ],
)
def test_credentials_are_sent(server, keys, header):
    """Without them, or with others, the registry refuses, and the error does not show them."""
    server.authorization = header
    assert client(server.url, **keys).find_schema(1).kind == "AVRO"
    with pytest.raises(ConfigError, match=r"refuses this client \(HTTP 401 for schema 1\)"):
        client(server.url).find_schema(1)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A certificate of a server and one of a client, each its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "client"):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC)  # noqa: TID251  OpenSSL looks at the real clock
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"pass")
                if name == "client"
                else serialization.NoEncryption(),
            )
        )
    return folder


def test_tls_with_a_client_certificate(certificates):
    """The registry is trusted by its authority, and trusts the client by its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    context.load_verify_locations(certificates / "client.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with RegistryServer(context) as server:
        server.add(SCHEMA)
        trusting = {"ssl_ca_location": str(certificates / "server.pem")}
        password = {"ssl_key_password": "pass"}
        own = {
            "ssl_certificate_location": str(certificates / "client.pem"),
            "ssl_key_location": str(certificates / "client.key"),
        }
        assert client(server.url, **trusting, **own, **password).find_schema(1).kind == "AVRO"
        with pytest.raises(ConfigError, match="is not trusted"):
            client(server.url).find_schema(1)
        with pytest.raises(RegistryUnavailable, match="did not answer"):
            client(server.url, **trusting).find_schema(1)
        with pytest.raises(ConfigError, match=r"certificate or key of .* cannot be read"):
            client(server.url, **trusting, **own)


@pytest.mark.parametrize(
    ("status", "error", "match"),
    [
        (500, RegistryUnavailable, "cannot serve now"),
        (503, RegistryUnavailable, "cannot serve now"),
        (429, RegistryUnavailable, "cannot serve now"),
        (403, ConfigError, "refuses this client"),
        (404, ConfigError, "has no schema 1"),
        (400, ConfigError, "does not give schema 1"),
        (302, ConfigError, "does not give schema 1"),
    ],
)
def test_an_answer_says_whether_to_try_again(server, status, error, match):
    """No redirect is followed: it would carry the credentials elsewhere."""
    server.status = status
    with pytest.raises(error, match=match):
        client(server.url).find_schema(1)


def test_an_answer_of_another_server_is_transient(server):
    """A proxy may stand there while the registry starts."""
    server.answer = b"<html>"
    with pytest.raises(RegistryUnavailable, match="none of a registry"):
        client(server.url).find_schema(1)


def test_the_next_address_is_asked_when_one_does_not_answer(server):
    """Several addresses are one registry."""
    assert client(f"http://127.0.0.1:9,{server.url}").find_schema(1).kind == "AVRO"


def test_a_registry_that_is_away_is_transient():
    """Nothing listens there."""
    with pytest.raises(RegistryUnavailable, match=r"127\.0\.0\.1:9 did not answer"):
        client("http://127.0.0.1:9").find_schema(1)


def test_doctor_asks_the_registry(server):
    """And says what to do when it does not answer."""
    assert (finding(server).level, finding(server).text) == ("ok", f"{server.url}: AVRO, JSON, PROTOBUF")
    server.status = 401
    found = finding(server)
    assert (found.level, "refuses this client" in found.text) == ("error", True)
    (missing,) = registry_findings(Settings(source=Source(envelope="confluent")))
    assert (missing.level, "no url" in missing.text) == ("error", True)
    assert list(registry_findings(Settings())) == []


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        ({"url": "registry:8081"}, "url is no address"),
        ({"url": "http://u:hidden@h:1"}, "holds a user"),
        ({}, "url is no address"),
        ({"url": "http://h", "basic.auth.user.info": "hidden"}, "is not USER:PASSWORD"),
        ({"url": "http://h", "basic.auth.user.info": "hidden:x", "bearer.auth.token": "hidden"}, "a token"),
        ({"url": "http://h", "ssl.key.location": "hidden"}, "without ssl.certificate.location"),
        ({"url": "http://h", "timeout": "0"}, "no number of seconds"),
        ({"url": "http://h", "basic.auth.userinfo": "hidden"}, "nearest known one is basic.auth.user.info"),
    ],
)
def test_settings_that_contradict_are_refused(keys, match):
    """Before anything is asked, and without showing a value that may be secret."""
    with pytest.raises(ConfigError, match=match) as refused:
        registry_settings({"timeout": "5", **keys})
    assert "hidden" not in f"{refused.value} {refused.value.next_step}"


def test_secrets_of_the_registry_are_not_shown(tmp_path):
    """From the environment as from the file."""
    file = tmp_path / "healthtrends.toml"
    file.write_text('[source]\nenvelope = ["confluent", "debezium"]\n[source.registry]\nurl = "http://h:1"\n')
    variables = {
        "HEALTHTRENDS_SOURCE__REGISTRY__BASIC_AUTH_USER_INFO": "u:s3cret",
        "HEALTHTRENDS_SOURCE__REGISTRY__ssl.key.password": "s3cret",
    }
    settings = load(file, {}, variables)
    assert settings.source.envelopes == ("confluent", "debezium")
    assert settings.source.registry["basic.auth.user.info"] == "u:s3cret"
    assert "s3cret" not in str(printed(settings))
    assert "s3cret" not in repr(registry_settings({**settings.source.registry, "url": "http://h:1"}))


@pytest.mark.parametrize(
    ("text", "names"),
    [("debezium", ("debezium",)), ('["confluent", "debezium"]', ("confluent", "debezium")), ("none", ())],
)
def test_envelopes_can_be_set_in_the_environment(text, names):
    """One word, or a JSON list."""
    assert load(None, {}, {"HEALTHTRENDS_SOURCE__ENVELOPE": text}).source.envelopes == names


def test_an_envelope_that_is_none_is_refused():
    """With what is allowed."""
    with pytest.raises(ConfigError, match="confluent, connect-json, debezium"):
        load(None, {}, {"HEALTHTRENDS_SOURCE__ENVELOPE": "debezum"})
