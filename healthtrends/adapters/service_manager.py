"""What systemd wants to hear of a service of `Type=notify`: that it is ready, lives, and stops.

The protocol is a datagram with a line to a socket that the environment names; elsewhere nothing is sent.
"""

import os
import socket

from healthtrends.observe import debug_event

_SOCKET = "NOTIFY_SOCKET"
_WATCHDOG, _WATCHDOG_PID = "WATCHDOG_USEC", "WATCHDOG_PID"


def is_there() -> bool:
    """Whether a service manager listens."""
    return bool(os.environ.get(_SOCKET))


def notify(state: str) -> None:
    """Send a state such as `READY=1`. Best effort: without an answer there is nothing to do."""
    address = os.environ.get(_SOCKET)
    if not address:
        return
    place = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
            sending.sendto(state.encode(), place)
    except OSError as error:
        debug_event("service.not_notified", state=state, reason=error.strerror or type(error).__name__)


def watchdog_seconds() -> float | None:
    """Seconds within which `WATCHDOG=1` must come again; None: nobody waits for it."""
    pid, microseconds = os.environ.get(_WATCHDOG_PID), os.environ.get(_WATCHDOG, "")
    is_ours = pid is None or pid == str(os.getpid())
    return int(microseconds) / 1e6 if is_ours and microseconds.isdecimal() and int(microseconds) else None
