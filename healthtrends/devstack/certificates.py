"""TLS of the local stack: a certificate for loopback, and the authority that signed it.

Both are made on the spot. The key of the authority is never written, so that nobody can have another
certificate signed by it; what clients trust is this one server.
"""

import datetime as dt
import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING

from healthtrends import clock
from healthtrends.devstack.atomic_files import write_whole
from healthtrends.devstack.free_ports import LOOPBACK
from healthtrends.errors import ConfigError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

VALID = dt.timedelta(days=730)
RENEWED = dt.timedelta(days=60)
"""A start makes new files when less is left."""
_BEFORE = dt.timedelta(days=1)  # for a clock that is set back a little


class Certificate:
    """Files of one certificate in `folder`, for its owner's eyes only; none is there before `renew`."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "ca.pem"
        """What a client trusts."""
        self.identity = folder / "server.pem"
        """What the server shows: its key (PKCS#8) and its certificate."""

    def valid_until(self) -> dt.datetime | None:
        """The end of its life, UTC; None when a file is missing or is none, or they are not of one making."""
        from cryptography import x509  # noqa: PLC0415  an extra; a plain stack does without
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  likewise

        try:
            authority, server = (
                x509.load_pem_x509_certificate(file.read_bytes()) for file in (self.authority, self.identity)
            )
            server.verify_directly_issued_by(authority)
        except (OSError, ValueError, InvalidSignature):
            return None
        return min(authority.not_valid_after_utc, server.not_valid_after_utc)

    def renew(self) -> None:
        """Make the files, unless those that are there are valid for long enough.

        Raises ConfigError without the package that makes them.
        """
        try:
            until = self.valid_until()
        except ImportError as error:
            raise ConfigError(
                "certificates cannot be made",
                f"the package {error.name} is missing",
                "run `make setup`, or pip install 'healthtrends[local]'",
            ) from error
        if until is None or until - clock.wall() < RENEWED:
            self._make()

    def _make(self) -> None:
        from cryptography import x509  # noqa: PLC0415  as above
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  as above
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  as above

        signing, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        issuer, subject = _named("HealthTrends local stack, authority"), _named("localhost")
        authority = _signed(
            _builder(issuer, issuer, signing).add_extension(
                x509.BasicConstraints(ca=True, path_length=0), critical=True
            ),
            signing,
        )
        here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
        server = _signed(
            _builder(issuer, subject, key).add_extension(x509.SubjectAlternativeName(here), critical=False),
            signing,
        )
        pem = serialization.Encoding.PEM
        plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        write_whole(self.authority, authority.public_bytes(pem))
        write_whole(self.identity, plain + server.public_bytes(pem))


def _builder(
    issuer: "x509.Name", subject: "x509.Name", key: "EllipticCurvePrivateKey"
) -> "x509.CertificateBuilder":
    from cryptography import x509  # noqa: PLC0415  as above

    now = clock.wall()  # OpenSSL and Java look at the machine's clock, too
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + VALID)
    )


def _signed(builder: "x509.CertificateBuilder", signing: "EllipticCurvePrivateKey") -> "x509.Certificate":
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  as above

    return builder.sign(signing, SHA256())


def _named(name: str) -> "x509.Name":
    from cryptography import x509  # noqa: PLC0415  as above

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
