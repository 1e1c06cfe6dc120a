"""The listening socket and its TLS: a wrong address or certificate is found before anything starts."""

import dataclasses
import socket
import ssl
from pathlib import Path

from healthtrends.config import check_private, check_trusted, expanded
from healthtrends.errors import ConfigError
from healthtrends.listen_address import Where, is_loopback

WHERE = Where("mllp.listen", "healthtrends mllp", "with --listen", "--listen 127.0.0.1:2575")


@dataclasses.dataclass(frozen=True, slots=True)
class Exposure:
    """Who can connect; `is_risky`: machines that nobody named."""

    text: str
    is_risky: bool = False
    next_step: str = ""


def exposure(listening: socket.socket, *, has_tls: bool, asks_who: bool) -> Exposure:
    """Say who can connect to a socket that is bound; `asks_who`: only with a certificate."""
    if asks_who:
        return Exposure("who has a certificate of mllp.client_ca can send")
    if is_loopback(listening):
        return Exposure("only programs of this machine can send")
    read = "" if has_tls else ", and what is sent can be read on the way"
    return Exposure(
        f"open to other machines: whoever reaches it can send{read}",
        is_risky=True,
        next_step="Set mllp.tls_certificate, mllp.tls_key and mllp.client_ca, or listen on 127.0.0.1.",
    )


def tls_context(certificate: str | None, key: str | None, client_ca: str | None) -> ssl.SSLContext | None:
    """Make the TLS of the server; None: none is configured. With `client_ca` clients need a certificate.

    Raises ConfigError when a file is missing or does not fit, when others may write it, or read the key.
    """
    if certificate is None and key is None and client_ca is None:
        return None
    if certificate is None or key is None:
        raise ConfigError(
            "the TLS of mllp is incomplete",
            "mllp.tls_certificate and mllp.tls_key belong together, and mllp.client_ca needs both",
            "Set both, or remove what is set.",
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        check_private(Path(key), "the key of mllp.tls_key")
        check_trusted(Path(certificate), "the certificate of mllp.tls_certificate")
        # Without a password: a prompt would hang a service.
        context.load_cert_chain(expanded(certificate), expanded(key), password=lambda: b"")
    except OSError as fault:  # ssl.SSLError is one
        raise _tls_error("mllp.tls_certificate or mllp.tls_key", f"{certificate}, {key}", fault) from fault
    if client_ca is not None:
        check_trusted(Path(client_ca), "the authority of mllp.client_ca")
        try:
            context.load_verify_locations(expanded(client_ca))
        except OSError as fault:
            raise _tls_error("mllp.client_ca", client_ca, fault) from fault
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _tls_error(setting: str, files: str, fault: OSError) -> ConfigError:
    reason = fault.reason if isinstance(fault, ssl.SSLError) else fault.strerror
    return ConfigError(
        f"{setting} cannot be used: {files}",
        (reason or type(fault).__name__).replace("_", " ").lower(),
        "Give PEM files: the certificate with those that signed it behind it, its key without a password, "
        "and the authority that signs the senders' certificates.",
    )
