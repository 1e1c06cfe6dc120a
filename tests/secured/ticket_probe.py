"""Asks a Kerberos center for a ticket of somebody, without any proof of being that person (RFC 4120)."""

import socket
import struct

WAIT = 5.0
TICKET, ERROR = 0x6B, 0x7E
"""First byte of the two answers there are."""
PROOF_WANTED = 25
_SEQUENCE, _INTEGER, _BITS, _TEXT, _TIME = 0x30, 0x02, 0x03, 0x1B, 0x18


def answer(port: int, principal: str, realm: str) -> bytes:
    """The answer to a request for a ticket-granting ticket, as it came."""
    body = _part(
        _SEQUENCE,
        _tagged(0, _part(_BITS, bytes(5))),
        _tagged(1, _name(1, principal)),
        _tagged(2, _part(_TEXT, realm.encode())),
        _tagged(3, _name(2, "krbtgt", realm)),
        _tagged(5, _part(_TIME, b"20370101000000Z")),
        _tagged(7, _integer(12345)),
        _tagged(8, _part(_SEQUENCE, _integer(18), _integer(17))),
    )
    request = _part(
        0x6A, _part(_SEQUENCE, _tagged(1, _integer(5)), _tagged(2, _integer(10)), _tagged(4, body))
    )
    with socket.create_connection(("127.0.0.1", port), WAIT) as connection:
        connection.settimeout(WAIT)
        connection.sendall(struct.pack(">I", len(request)) + request)
        with connection.makefile("rb") as replies:
            (length,) = struct.unpack(">I", replies.read(4))
            return replies.read(length)


def error_code(reply: bytes) -> int:
    """The code in a KRB-ERROR."""
    at = reply.index(bytes([0xA6, 3, _INTEGER, 1]))
    return reply[at + 4]


def _part(tag: int, *content: bytes) -> bytes:
    whole = b"".join(content)
    size = bytes([len(whole)]) if len(whole) < 0x80 else b"\x82" + struct.pack(">H", len(whole))
    return bytes([tag]) + size + whole


def _tagged(number: int, content: bytes) -> bytes:
    return _part(0xA0 | number, content)


def _integer(value: int) -> bytes:
    return _part(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _name(kind: int, *names: str) -> bytes:
    listed = _part(_SEQUENCE, *(_part(_TEXT, name.encode()) for name in names))
    return _part(_SEQUENCE, _tagged(0, _integer(kind)), _tagged(1, listed))
