"""Free loopback TCP ports, chosen once for a stack and kept."""

import random
import socket
import time

from healthtrends import clock

LOOPBACK = "127.0.0.1"
# Below the range that systems hand out for outgoing connections (from 32768 on Linux, 49152 elsewhere):
# a port from that range may be in passing use just when the stack starts again.
RANGE = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """This many different ports nobody listens on now."""
    chosen: list[int] = []
    for port in random.SystemRandom().sample(RANGE, len(RANGE)):
        if len(chosen) == count:
            break
        if is_free(port):
            chosen.append(port)
    return chosen


def is_free(port: int, patience: float = 0.0) -> bool:
    """Whether a server could listen on this port now, or within so many seconds.

    A process that ends closes its sockets a moment after it counts as gone.
    """
    deadline = clock.Deadline(patience)
    while not _can_listen(port):
        if deadline.passed():
            return False
        time.sleep(0.05)
    return True


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on this port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0
