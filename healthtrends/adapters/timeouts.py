"""Timeouts for calls that may never return.

The HDFS client waits for a NameNode's answer without end, and no setting of it changes that: an answer that
got lost on the way, or a server that stopped with its connections open, would stop the program for ever.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import ParamSpec, TypeVar

from healthtrends import clock

P = ParamSpec("P")
T = TypeVar("T")


class NoAnswer(Exception):
    """The time is up; the call may still take effect."""


class _Caller:
    """A thread that makes one call after the other; one whose call does not come back is left behind.

    A thread for each call would cost four times as much CPU, and small files are many calls.
    """

    def __init__(self) -> None:
        self.is_busy = False
        """Its call has not come back yet."""
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        _callers.append(self)
        threading.Thread(target=self._work, name="healthtrends-call", daemon=True).start()

    def make(self, call: Callable[[], None]) -> None:
        self.is_busy = True
        self._calls.put(call)

    def _work(self) -> None:
        while True:
            self._calls.get()()
            _idle.append(self)


_callers: list[_Caller] = []
_idle: list[_Caller] = []


_LOOK_SECONDS = 1.5


def within(seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `function` returns, or raise what it raises. Raises NoAnswer after `seconds`."""
    return within_or_hopeless(seconds, lambda: False, function, *args, **kwargs)


def within_or_hopeless(
    seconds: float,
    is_hopeless: Callable[[], bool],
    function: Callable[P, T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """As `within`, asking `is_hopeless` from time to time: NoAnswer is raised when that says so, too.

    The call runs on another thread, one of those that are idle or a new one. One that does not come back is
    left behind, and does not keep the program from ending (see `end_with`).
    """
    answer: Future[T] = Future()

    def ask() -> None:
        try:
            result = function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001  raised where the answer is awaited
            caller.is_busy = False
            answer.set_exception(error)
        else:
            caller.is_busy = False
            answer.set_result(result)

    try:
        caller = _idle.pop()
    except IndexError:
        caller = _Caller()
    caller.make(ask)
    patience = clock.Deadline(seconds)
    while not wait([answer], min(_LOOK_SECONDS, patience.remaining())).done:
        if patience.passed():
            raise NoAnswer(f"no answer within {seconds:g} s")
        if is_hopeless():
            raise NoAnswer("no answer, and a server hangs")
    return answer.result()


def end_with(code: int) -> None:
    """End the process at once with `code` when a call is still left behind; else do nothing.

    Such a call would come back into an interpreter that is being taken down, and abort the process.
    """
    if any(caller.is_busy for caller in _callers):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
