"""Memory of native threads in a process that lives for long."""

import ctypes
from contextlib import suppress

_M_ARENA_MAX = -8
_HEAPS = 2


def keep_few_heaps() -> None:
    """Let native threads share two heaps; nothing on systems without glibc.

    glibc gives each of many threads a heap of its own, and keeps what a thread leaves in it when it ends: a
    client that begins anew behind each lost server would grow. Call it before threads are started.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)
