"""A server that never listens: two of its system calls are answered by this process (Linux, seccomp).

`listen` does nothing, so that no port opens, not even for a moment. `accept4` waits until `give` hands the
server a connection; without one it waits for ever. The kernel calls this a supervised system call
(SECCOMP_RET_USER_NOTIF, Linux 5.0). Only the thread that starts the server, and threads that come from it,
are concerned; for them it cannot be taken back, hence the thread of its own.
"""

import ctypes
import fcntl
import os
import platform
import select
import socket
import struct
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from healthtrends.errors import ConfigError


class _Machine(NamedTuple):
    """Numbers of the needed system calls on an architecture."""

    audit: int
    seccomp: int
    listen: int
    accept4: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, 50, 288),
    "aarch64": _Machine(0xC00000B7, 277, 201, 242),
}
_SET_NO_NEW_PRIVILEGES = 38
_SET_FILTER, _NEW_LISTENER, _NO_SLOWDOWN = 1, 1 << 3, 1 << 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER_AT, _AUDIT_AT = 0, 4
_DO_NOTHING, _ASK, _ALLOW = 0x0005_0000, 0x7FC0_0000, 0x7FFF_0000
_CALL = struct.Struct("QIIiIQ6Q")
"""`struct seccomp_notif`: id, pid, flags, number, architecture, instruction, six arguments."""
_ANSWER = struct.Struct("QqiI")
"""`struct seccomp_notif_resp`: id, value, error, flags."""
_RECEIVE, _SEND, _IS_VALID = 0xC050_2100, 0xC018_2101, 0x8008_2102
"""The last one in the spelling of before Linux 5.9, which every version takes."""
_LOOPBACK = struct.pack("=H2x4s8x", socket.AF_INET, bytes((127, 0, 0, 1)))
"""`struct sockaddr_in` of the peer that the server is told."""


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


class Supervisor:
    """Starts one server, and hands it its connections; close it before the server is stopped."""

    def __init__(self) -> None:
        self._calls = -1

    def start(self, server: Callable[[], None]) -> None:
        """Call `server` under supervision. Raises ConfigError where the system does not allow that."""
        with ThreadPoolExecutor(1, "supervised") as thread:
            thread.submit(self._supervise).result()
            thread.submit(server).result()

    def give(self, connection: socket.socket, seconds: float) -> None:
        """Let the server accept `connection`, which is its own from now on.

        Raises TimeoutError when the server does not ask for one within so many seconds.
        """
        connection.setblocking(False)  # as `accept4` is asked for
        while True:
            try:
                number, address, length = self._asked(seconds)
                fcntl.ioctl(self._calls, _IS_VALID, struct.pack("Q", number))
                ctypes.memmove(address, _LOOPBACK, len(_LOOPBACK))
                ctypes.memmove(length, struct.pack("I", len(_LOOPBACK)), 4)
                fcntl.ioctl(self._calls, _SEND, _ANSWER.pack(number, connection.fileno(), 0, 0))
            except FileNotFoundError:  # a signal took its thread out of the call; it asks again
                continue
            connection.detach()
            return

    def close(self) -> None:
        """Let the server's `accept4` fail, so that it can stop."""
        if self._calls >= 0:
            os.close(self._calls)
            self._calls = -1

    def _supervise(self) -> None:
        try:
            self._calls = _install_filter()
        except OSError as error:
            raise ConfigError(
                "the embedded engine could be used by other users of this machine",
                f"this system does not let its port be kept shut: {error.strerror}",
                "use `--engine spark`, which asks for a token",
            ) from error

    def _asked(self, seconds: float) -> tuple[int, int, int]:
        """Wait for a call of `accept4`: its number, where the peer's address goes, and its length."""
        poll = select.poll()
        poll.register(self._calls, select.POLLIN)
        if not poll.poll(seconds * 1000):
            raise TimeoutError("the server accepts no connection")
        call = bytearray(_CALL.size)
        fcntl.ioctl(self._calls, _RECEIVE, call)
        number, *_, address, length, _, _, _ = _CALL.unpack(call)
        return number, address, length


def check_supervision() -> None:
    """Raise ConfigError where a server cannot be kept from listening; takes less than a millisecond."""
    supervisor = Supervisor()
    try:
        supervisor.start(lambda: None)
    finally:
        supervisor.close()


def _install_filter() -> int:
    """Put this thread under supervision; gives the descriptor of its calls. Raises OSError."""
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        raise OSError(0, f"there is no way on {platform.system()} {platform.machine()}")
    code = _filter(machine)
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
        flags = ctypes.c_long(_NEW_LISTENER | _NO_SLOWDOWN)
        calls = libc.syscall(
            ctypes.c_long(machine.seccomp), ctypes.c_long(_SET_FILTER), flags, ctypes.byref(program)
        )
        if calls >= 0:
            return int(calls)
    number = ctypes.get_errno()
    raise OSError(number, f"seccomp: {os.strerror(number)}")


def _filter(machine: _Machine) -> bytes:
    """The filter in the kernel's language (classic BPF), eight bytes an instruction."""
    instructions = (
        (_LOAD, 0, 0, _AUDIT_AT),
        (_JUMP_IF_EQUAL, 0, 4, machine.audit),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_IF_EQUAL, 3, 0, machine.listen),
        (_JUMP_IF_EQUAL, 1, 0, machine.accept4),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ASK),
        (_RETURN, 0, 0, _DO_NOTHING),
    )
    return b"".join(struct.pack("HBBI", *each) for each in instructions)
