"""A certificate authority of a test: certificates and keys made on the spot, in files for this user only."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from healthtrends.devstack.atomic_files import write_whole

KEY_PASSWORD = "of-the-key"  # noqa: S105  of keys that live for one test
HERE = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Issued:
    """Files of one certificate and its key."""

    chain: Path
    """The certificate in PEM form."""
    key: Path
    """PKCS#8 in PEM form."""
    locked_key: Path
    """The same key, encrypted with `KEY_PASSWORD`."""
    bundle: Path
    """PKCS#12 of both, with the same password."""


class Authority:
    """Issues certificates into a folder; `file` holds its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _named(name)
        made = _builder(self._subject, self._subject, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.file = folder / f"{name}.pem"
        write_whole(self.file, _pem(made.sign(self._key, hashes.SHA256())))

    def issue(self, name: str, hosts: tuple[str, ...] = HERE, *, is_expired: bool = False) -> Issued:
        """Issue a certificate of CN=`name`, valid for `hosts`; an expired one ended a month ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        made = _builder(self._subject, _named(name), key, is_expired=is_expired)
        certificate = made.add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        locked = serialization.BestAvailableEncryption(KEY_PASSWORD.encode())
        bundle = pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, None, locked)
        plain = _private(key, serialization.NoEncryption())
        return Issued(
            chain=self._written(name, "pem", _pem(certificate)),
            key=self._written(name, "key", plain),
            locked_key=self._written(name, "locked.key", _private(key, locked)),
            bundle=self._written(name, "p12", bundle),
        )

    def _written(self, name: str, suffix: str, content: bytes) -> Path:
        path = self._folder / f"{self._name}-{name}.{suffix}"
        write_whole(path, content)
        return path


def _builder(issuer, subject, key, *, is_expired: bool = False) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  OpenSSL and Java look at the real clock
    begin, end = (-60, -30) if is_expired else (-1, 30)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=begin))
        .not_valid_after(now + dt.timedelta(days=end))
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key, encryption) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
