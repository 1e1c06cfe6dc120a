"""Calls that may never come back, bounded in time.

The HDFS client waits for a NameNode's answer without end, and no setting of it changes that: an answer that
got lost on the way, or a server that stopped with its connections open, would stop the program for ever.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class NoAnswer(Exception):
    """The time is up; the call may still take effect."""


def within(seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `function` returns, or raise what it raises. Raises NoAnswer after `seconds`.

    The call runs on a thread of its own, which costs some 0.06 ms. One that does not come back is left
    behind, and does not keep the program from ending.
    """
    answer: Future[T] = Future()

    def ask() -> None:
        try:
            answer.set_result(function(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  raised where the answer is awaited
            answer.set_exception(error)

    threading.Thread(target=ask, name="call", daemon=True).start()
    wait([answer], seconds)
    if not answer.done():
        raise NoAnswer(f"no answer within {seconds:g} s")
    return answer.result()
