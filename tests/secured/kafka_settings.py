"""Settings of the secured brokers of a test: each listener is one way in, three with a wrong certificate."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.secured.authority import KEY_PASSWORD, Authority, Issued
from tests.secured.token_endpoint import AUDIENCE, TokenKey

LOGIN = "org.apache.kafka.common.security"
PASSWORDS = {"pipeline": "pw-of-pipeline", "other": "pw-of-other"}

OPEN = "OPEN"
"""Without TLS and passwords: the brokers' own, and the tests' administrator's (ANONYMOUS is super user)."""
SASL = "SASL"
"""SASL_SSL with SCRAM-SHA-512, PLAIN and OAUTHBEARER."""
MTLS = "MTLS"
"""Certificates of clients: CN=pipeline is User:pipeline."""
EXPIRED, WRONG_HOST, STRANGER = "EXPIRED", "WRONGHOST", "STRANGER"
"""As SASL, with a certificate of the server that a client must refuse."""
UNSIGNED = "UNSIGNED"
"""SASL_SSL with OAUTHBEARER, where any token is believed; for trials only, as Kafka says."""
KERBEROS = "KERBEROS"
"""SASL_SSL with GSSAPI, of `kerberos_kafka.py` only."""
PROTOCOLS = {
    OPEN: "PLAINTEXT", SASL: "SASL_SSL", MTLS: "SSL",
    EXPIRED: "SASL_SSL", WRONG_HOST: "SASL_SSL", STRANGER: "SASL_SSL",
    UNSIGNED: "SASL_SSL", KERBEROS: "SASL_SSL",
}  # fmt: skip
ALL = tuple(name for name in PROTOCOLS if name != KERBEROS)
_TOKEN_LOGIN = {"oauthbearer.sasl.jaas.config": f"{LOGIN}.oauthbearer.OAuthBearerLoginModule required;"}
_NAME_RULE = "RULE:^CN=([^,]+).*$/$1/,DEFAULT"


@dataclass(frozen=True, slots=True)
class Identity:
    """Certificates of the brokers and the clients, and the key of tokens, all below `folder`."""

    folder: Path
    authority: Authority = field(init=False)
    stranger: Authority = field(init=False)
    tokens: TokenKey = field(init=False)
    servers: dict[str, Issued] = field(init=False)
    """By listener."""

    def __post_init__(self) -> None:
        ours, others = Authority(self.folder, "authority"), Authority(self.folder, "stranger")
        good = ours.issue("broker")
        servers = {
            SASL: good,
            MTLS: good,
            UNSIGNED: good,
            KERBEROS: good,
            EXPIRED: ours.issue("expired-broker", is_expired=True),
            WRONG_HOST: ours.issue("elsewhere", ("broker.example.org",)),
            STRANGER: others.issue("broker"),
        }
        for name, value in (("authority", ours), ("stranger", others), ("servers", servers)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "tokens", TokenKey(self.folder))


def login_settings(identity: Identity, listeners: tuple[str, ...], *, has_tokens: bool) -> dict[str, str]:
    """What the brokers know of passwords, tokens and certificates, for all listeners but the open one.

    Kafka before 4.0 has other classes for tokens.
    """
    found: dict[str, str] = {"ssl.principal.mapping.rules": _NAME_RULE}
    for listener in listeners:
        if listener == OPEN:
            continue
        prefix = f"listener.name.{listener.lower()}."
        own = _tls(identity, listener) | (_passwords() if PROTOCOLS[listener] == "SASL_SSL" else {})
        if listener == SASL and has_tokens:
            own |= _tokens(identity)
            own["sasl.enabled.mechanisms"] += ",OAUTHBEARER"
        if listener == UNSIGNED:
            own |= _TOKEN_LOGIN | {"sasl.enabled.mechanisms": "OAUTHBEARER"}
        if listener == MTLS:
            own["ssl.client.auth"] = "required"
        found |= {prefix + key: value for key, value in own.items()}
    return found


def _tls(identity: Identity, listener: str) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PKCS12",  # Kafka 2.8 reads no PEM with a key that is encrypted as today
        "ssl.keystore.location": str(identity.servers[listener].bundle),
        "ssl.keystore.password": KEY_PASSWORD,
        "ssl.key.password": KEY_PASSWORD,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(identity.authority.file),
    }


def _passwords() -> dict[str, str]:
    users = " ".join(f'user_{name}="{word}"' for name, word in PASSWORDS.items())
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "plain.sasl.jaas.config": f"{LOGIN}.plain.PlainLoginModule required {users};",
        "scram-sha-512.sasl.jaas.config": f"{LOGIN}.scram.ScramLoginModule required;",
    }


def _tokens(identity: Identity) -> dict[str, str]:
    return {
        **_TOKEN_LOGIN,
        "oauthbearer.sasl.server.callback.handler.class":
            f"{LOGIN}.oauthbearer.OAuthBearerValidatorCallbackHandler",
        "sasl.oauthbearer.jwks.endpoint.url": identity.tokens.file.as_uri(),
        "sasl.oauthbearer.expected.audience": AUDIENCE,
    }  # fmt: skip
