"""Calls that may never come back."""

import subprocess
import sys
import threading
import time

import pytest

from healthtrends.adapters.timeouts import NoAnswer, within


def test_a_call_that_does_not_come_back_is_given_up():
    """After the time it was given, and not much later."""
    never = threading.Event()
    begin = time.monotonic()
    with pytest.raises(NoAnswer, match=r"no answer within 0\.1 s"):
        within(0.1, never.wait)
    assert 0.1 <= time.monotonic() - begin < 5
    never.set()


def test_a_call_that_comes_back_gives_what_it_returned():
    """With the arguments it was given."""
    assert within(5, divmod, 7, 2) == (3, 1)


def test_what_a_call_raises_is_raised():
    """Also when it is itself about time."""

    def fails() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        within(5, fails)


LEFT_BEHIND = """
import threading
from healthtrends.adapters.timeouts import NoAnswer, end_with, within
try:
    within(0.1, threading.Event().wait)
except NoAnswer:
    print("given up")
end_with(5)
print("not reached")
"""


def test_with_a_call_left_behind_the_process_ends_at_once():
    """With its own exit code and all it has said; a dying interpreter would be aborted by the call."""
    done = subprocess.run([sys.executable, "-c", LEFT_BEHIND], capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (5, b"given up\n", b"")
