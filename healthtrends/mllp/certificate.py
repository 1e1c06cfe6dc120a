"""The end of a certificate's validity, read from its DER: Python's `ssl` has no public call for a file.

RFC 5280, 4.1: Certificate is a sequence whose first part is a sequence of version (tagged 0, may be missing),
serial number, signature algorithm, issuer, validity, and more. Validity is a sequence of two times.
"""

import datetime as dt
import re
import ssl
from collections.abc import Iterator

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18
_LONG = 0x80  # a length of more than one byte


def first_expiry(pem: str) -> dt.datetime:
    """Return the earliest end of all certificates of a PEM text. Raises ValueError when there is none."""
    return min(_expiry(ssl.PEM_cert_to_DER_cert(found)) for found in _PEM.findall(pem))


def _expiry(der: bytes) -> dt.datetime:
    (_, certificate), *_ = _parts(der)
    (_, content), *_ = _parts(certificate)
    parts = [part for part in _parts(content) if part[0] != _VERSION]
    _, (kind, end) = _parts(parts[3][1])
    digits = end.decode("ascii").removesuffix("Z")
    if kind == _UTC_TIME:  # two digits of the year: 50 and above are of the last century
        digits = ("20" if digits < "50" else "19") + digits
    elif kind != _GENERALIZED_TIME:
        raise ValueError("no time")
    return dt.datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)


def _parts(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element, one level deep."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length >= _LONG:
            size = length - _LONG
            length, at = int.from_bytes(der[at : at + size], "big"), at + size
        yield tag, der[at : at + length]
        at += length
