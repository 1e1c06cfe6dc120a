"""A look at a listener that refused a client: librdkafka says the same of many causes, or nothing.

One request, SaslHandshake, without any credential: its answer tells whether the port speaks TLS, and whether
it asks for SASL. The certificate is checked by Python's `ssl`, which names the cause.
"""

import socket
import ssl
import struct
from dataclasses import dataclass
from pathlib import Path

from healthtrends.adapters.kafka_access import Access

_SECONDS = 1.0
_SASL_HANDSHAKE, _NO_SASL_HERE = 17, 34
_MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Listener:
    """What a port speaks."""

    has_tls: bool
    mechanisms: tuple[str, ...] | None
    """SASL mechanisms it offers; empty: it asks for no SASL; None: it did not say."""

    @property
    def has_sasl(self) -> bool | None:
        """None: not known."""
        return None if self.mechanisms is None else bool(self.mechanisms)


def look_at_listener(address: str) -> Listener | None:
    """Ask a port `host:port` what it speaks; None: nobody answers in the way of Kafka."""
    host, _, port = address.rpartition(":")
    if (mechanisms := _ask(host, int(port), None)) is not None:
        return Listener(has_tls=False, mechanisms=mechanisms)
    # Nothing that is secret is sent, so whoever answers is as good as any.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, int(port)), _SECONDS) as plain, context.wrap_socket(plain):
            pass
    except OSError:
        return None
    return Listener(has_tls=True, mechanisms=_ask(host, int(port), context))


def certificate_fault(address: str, access: Access) -> str:
    """Return what is wrong with a broker's certificate, such as `certificate has expired`; "": not found."""
    host, _, port = address.rpartition(":")
    try:
        context = _verifying(access)
        with socket.create_connection((host, int(port)), _SECONDS) as plain:
            context.wrap_socket(plain, server_hostname=host).close()
    except ssl.SSLCertVerificationError as fault:
        return str(fault.verify_message)
    except (OSError, ValueError):
        return ""
    return ""


def _verifying(access: Access) -> ssl.SSLContext:
    """A context that trusts what the client trusts. Raises OSError."""
    place = access.conf.get("ssl.ca.location")
    pem = access.conf.get("ssl.ca.pem")
    if place and place != "probe":
        folder = Path(place).is_dir()
        context = ssl.create_default_context(
            cafile=None if folder else place, capath=place if folder else None
        )
    else:
        context = ssl.create_default_context(cadata=pem)
    if access.conf.get("ssl.endpoint.identification.algorithm", "https").lower() == "none":
        context.check_hostname = False
    return context


def _ask(host: str, port: int, context: ssl.SSLContext | None) -> tuple[str, ...] | None:
    """Send SaslHandshake version 0 and read the mechanisms; None: no such answer."""
    body = struct.pack(">hhih", _SASL_HANDSHAKE, 0, 1, -1) + struct.pack(">h", 5) + b"PLAIN"
    try:
        with socket.create_connection((host, port), _SECONDS) as plain:
            asked = context.wrap_socket(plain, server_hostname=host) if context else plain
            with asked:
                asked.sendall(struct.pack(">i", len(body)) + body)
                return _mechanisms(asked.recv(_MOST_BYTES))
    except (OSError, struct.error, UnicodeDecodeError):
        return None


def _mechanisms(answer: bytes) -> tuple[str, ...] | None:
    """Read length, the number of the request, error and names."""
    length, number, error, count = struct.unpack_from(">iihi", answer)
    if (length, number) != (len(answer) - 4, 1):
        return None
    if error == _NO_SASL_HERE:
        return ()
    names, at = [], 14
    for _ in range(count):
        (size,) = struct.unpack_from(">h", answer, at)
        names.append(answer[at + 2 : at + 2 + size].decode("ascii"))
        at += 2 + size
    return tuple(names)
