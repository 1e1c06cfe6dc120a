"""Ways to log in to the secured brokers, right ones and wrong ones, as keys of `[kafka.client]`."""

from tests.secured.authority import KEY_PASSWORD, Issued
from tests.secured.conftest import USER, scram
from tests.secured.kafka_servers import Brokers
from tests.secured.token_endpoint import CLIENT, SECRET


def plain(brokers: Brokers) -> dict[str, str]:
    """By password, sent as it is below TLS."""
    return scram(brokers) | {"sasl.mechanism": "PLAIN"}


def token(brokers: Brokers, url: str) -> dict[str, str]:
    """By a token of this endpoint."""
    authority = str(brokers.identity.authority.file)
    return {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": authority,
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.client.id": CLIENT,
        "sasl.oauthbearer.client.secret": SECRET,
        "sasl.oauthbearer.token.endpoint.url": url,
        "https.ca.location": authority,
    }


def unsigned_token(brokers: Brokers) -> dict[str, str]:
    """By a token that the client writes itself, and nobody signs."""
    return tls(brokers) | {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "OAUTHBEARER",
        "enable.sasl.oauthbearer.unsecure.jwt": "true",
        "sasl.oauthbearer.config": f"principal={USER}",
    }


def tls(brokers: Brokers) -> dict[str, str]:
    """TLS without a login or a certificate of the client."""
    return {"security.protocol": "SSL", "ssl.ca.location": str(brokers.identity.authority.file)}


def certificate(brokers: Brokers, issued: Issued | None = None) -> dict[str, str]:
    """By certificate and key in PEM form."""
    issued = issued or brokers.identity.authority.issue(USER)
    return tls(brokers) | {
        "ssl.certificate.location": str(issued.chain),
        "ssl.key.location": str(issued.key),
    }


def locked_key(brokers: Brokers, password: str = KEY_PASSWORD) -> dict[str, str]:
    """By certificate and encrypted key."""
    issued = brokers.identity.authority.issue(USER)
    return certificate(brokers, issued) | {
        "ssl.key.location": str(issued.locked_key),
        "ssl.key.password": password,
    }


def bundle(brokers: Brokers, password: str = KEY_PASSWORD) -> dict[str, str]:
    """By a PKCS#12 file."""
    issued = brokers.identity.authority.issue(USER)
    return tls(brokers) | {"ssl.keystore.location": str(issued.bundle), "ssl.keystore.password": password}
