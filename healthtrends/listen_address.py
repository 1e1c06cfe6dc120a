"""Addresses of listening sockets: `HOST:PORT` of a setting, bound so that a wrong one is found at once."""

import errno
import ipaddress
import re
import socket
from typing import NamedTuple

from healthtrends.errors import ConfigError

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:\[\]]+)):(\d{1,5})")
_BACKLOG = 128
_HIGHEST_PORT = 65_535


class Where(NamedTuple):
    """Where an address was given, for the words of an error."""

    setting: str
    """Such as `mllp.listen`."""
    command: str
    """That listens there."""
    change: str
    """How to name another one."""
    example: str


def bind_address(address: str, where: Where) -> socket.socket:
    """Take HOST:PORT (`[HOST]:PORT` for IPv6; port 0: any free one); nobody can connect yet.

    Raises ConfigError when it cannot be: not an address of this machine, in use, or not allowed.
    """
    host, port = split_address(address, where)
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as fault:
        raise ConfigError(
            f"{where.setting} = {address}: {host} has no address",
            str(fault),
            "Write an address of this machine.",
        ) from fault
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
    except OSError as fault:
        listening.close()
        raise _bind_error(address, where, fault) from fault
    return listening


def listen(bound: socket.socket, where: Where) -> None:
    """Let peers connect from now on. Raises ConfigError when another program was faster."""
    try:
        bound.listen(_BACKLOG)
    except OSError as fault:
        raise _bind_error(shown_address(bound), where, fault) from fault


def split_address(address: str, where: Where) -> tuple[str, int]:
    """Return host and port. Raises ConfigError."""
    found = _ADDRESS.fullmatch(address)
    if found is None or int(found[3]) > _HIGHEST_PORT:
        raise ConfigError(
            f"{where.setting} = {address!r} is no address",
            "allowed: HOST:PORT, or [HOST]:PORT for IPv6; port 0 takes any free one",
            f"For example: {where.example}",
        )
    return found[1] or found[2], int(found[3])


def is_loopback(listening: socket.socket) -> bool:
    """Whether only programs of this machine can connect."""
    return ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


def shown_address(listening: socket.socket) -> str:
    """HOST:PORT as it is bound."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind_error(address: str, where: Where, fault: OSError) -> ConfigError:
    next_step = {
        errno.EADDRINUSE: f"Another program has this port, perhaps another `{where.command}`: end it, "
        f"or name another port {where.change}.",
        errno.EADDRNOTAVAIL: "Write an address of this machine.",
        errno.EACCES: "Name a port above 1023, or give this user the right.",
    }.get(fault.errno or 0, f"Name another address {where.change}.")
    return ConfigError(f"{address} cannot be listened on", fault.strerror or type(fault).__name__, next_step)
