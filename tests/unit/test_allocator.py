"""Native threads of a long process share few heaps; counted by glibc itself, in a process of its own."""

import subprocess
import sys

import pytest

COUNT = """
import ctypes, sys, tempfile, threading
from healthtrends.adapters.allocator import keep_few_heaps
if sys.argv[1] == "few":
    keep_few_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
barrier = threading.Barrier(16)
def work():
    libc.malloc(1000)
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(16)]
for each in threads: each.start()
for each in threads: each.join()
with tempfile.NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(file.read().count(b"<heap nr="))
"""


@pytest.mark.parametrize(("how", "is_few"), [("few", True), ("as by default", False)])
def test_threads_share_two_heaps(how, is_few):
    """By default each of many threads gets one of its own."""
    done = subprocess.run([sys.executable, "-c", COUNT, how], capture_output=True, text=True, check=True)
    assert (int(done.stdout) <= 2) is is_few
