"""A supervised call that is not there any more is no failure; no server is started here."""

import ctypes
import fcntl
import os
import signal
import socket
import sys
import threading

import pytest

from healthtrends.adapters.engines import seccomp
from healthtrends.adapters.engines.seccomp import Supervisor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp is of Linux")


class Asker:
    """A server of one thread: it asks for a connection, and once more when a signal takes it out."""

    def __init__(self) -> None:
        self.address = ctypes.create_string_buffer(16)
        self.left, self.again = threading.Event(), threading.Event()
        self.accepted = -1
        self.thread = threading.Thread(target=self._ask)

    def interrupt(self) -> None:
        """Take it out of its call."""
        assert self.thread.ident is not None
        signal.pthread_kill(self.thread.ident, signal.SIGUSR1)
        assert self.left.wait(20)

    def _ask(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            if self._accept(server) < 0:
                self.left.set()
                self.again.wait(20)
                self.accepted = self._accept(server)

    def _accept(self, server: socket.socket) -> int:
        length = ctypes.c_uint32(16)
        libc = ctypes.CDLL(None, use_errno=True)
        return int(libc.accept4(server.fileno(), self.address, ctypes.byref(length), 0))


@pytest.fixture
def asker():
    """One that takes a signal as an interruption."""
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    yield Asker()
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_thread_that_left_its_call_gets_no_answer(monkeypatch, asker, moment):
    """Between the wait and the reading of the call, or behind it: its memory is its own again."""
    real, seen = fcntl.ioctl, []

    def ioctl(calls, request, argument):
        is_first = request == seccomp._RECEIVE and not asker.left.is_set()
        if is_first and moment == "before":
            asker.interrupt()
        try:
            result = real(calls, request, argument)
        except FileNotFoundError:
            seen.append(asker.address.raw)
            asker.again.set()
            raise
        if is_first and moment == "after":
            asker.interrupt()
        return result

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    supervisor = Supervisor()
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    try:
        supervisor.start(asker.thread.start)
        supervisor.give(theirs, 20)
    finally:
        asker.again.set()
        supervisor.close()
        asker.thread.join()
    assert seen == [bytes(16)]
    assert asker.accepted == number
    os.close(number)
    ours.close()
