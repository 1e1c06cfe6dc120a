"""Whom a Kafka client speaks to, and as whom; and what of its rights the broker missed.

A cluster that has answered once in this process has accepted the client's settings. A refusal after that is
taken for trouble of the moment, such as a token endpoint that is away: it is worth another try.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from healthtrends.errors import ConfigError

ClientConf = Mapping[str, str]

_accepted: set[tuple[str, frozenset[tuple[str, str]]]] = set()


@dataclass(frozen=True, slots=True)
class Right:
    """What a client may do with a resource, in the words of `kafka-acls.sh`."""

    operation: str
    resource: str
    """`topic`, `group` or `cluster`."""
    name: str


@dataclass(frozen=True, slots=True)
class Access:
    """Addresses of the brokers, and the librdkafka keys by which a client is known to them."""

    servers: str
    conf: ClientConf

    @property
    def protocol(self) -> str:
        """`security.protocol` in capitals."""
        return self.conf.get("security.protocol", "PLAINTEXT").upper()

    @property
    def has_tls(self) -> bool:
        """Whether the client begins with a TLS handshake."""
        return self.protocol.endswith("SSL")

    @property
    def has_sasl(self) -> bool:
        """Whether the client logs in."""
        return self.protocol.startswith("SASL")

    @property
    def mechanism(self) -> str:
        """SASL mechanism, librdkafka's own default when none is set."""
        return (self.conf.get("sasl.mechanism") or self.conf.get("sasl.mechanisms") or "GSSAPI").upper()

    @property
    def has_certificate(self) -> bool:
        """Whether the client shows a certificate."""
        return any(key.startswith(("ssl.certificate.", "ssl.keystore.")) for key in self.conf)

    @property
    def principal(self) -> str:
        """The client as the broker's rights name it, as far as that is known here."""
        if self.has_sasl:
            user = self.conf.get("sasl.username")
            return f"User:{user}" if user else f"the user of this {self.mechanism} login"
        if self.has_tls and self.has_certificate:
            return "the subject of this client's certificate"
        return "User:ANONYMOUS"

    @property
    def is_accepted(self) -> bool:
        """Whether the cluster has answered a client with these settings, in this process."""
        return self._key in _accepted

    def accept(self) -> None:
        """Remember an answer."""
        _accepted.add(self._key)

    @property
    def _key(self) -> tuple[str, frozenset[tuple[str, str]]]:
        return self.servers, frozenset(self.conf.items())


def missing_right(access: Access, right: Right, why: str) -> ConfigError:
    """Say which right the broker misses, and how it is given."""
    included = ", which READ and WRITE include" if right.operation == "DESCRIBE" else ""
    resource = "--cluster" if right.resource == "cluster" else f"--{right.resource} {right.name}"
    user = access.principal if access.principal.startswith("User:") else "User:NAME"
    return ConfigError(
        f"{access.principal} has no right {right.operation} on {right.resource} {right.name}",
        f"Kafka at {access.servers}: {why}",
        f"have it given{included}: `kafka-acls.sh --add --allow-principal {user} "
        f"--operation {right.operation} {resource}`",
    )
