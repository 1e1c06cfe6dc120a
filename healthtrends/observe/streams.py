"""Standard streams that never stop the work: a closed one, a reader that has gone, a full disk.

What cannot be written is dropped, log lines included. Whether the output was cut is looked at once, at the
end of the command. Foreign text is made visible (`visible_text`) on a terminal, and on stderr always: that is
often a log file, which ends up on a terminal too. What a program reads from stdout stays byte for byte.
"""

import io
import os
import select
import stat
import sys
from typing import TYPE_CHECKING, TextIO

from healthtrends.visible_text import visible

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Raw(io.RawIOBase):
    """A descriptor to write to; keeps the first failure instead of raising it."""

    def __init__(self, descriptor: int) -> None:
        self.failure: OSError | None = None
        self._descriptor = descriptor

    def write(self, data: "ReadableBuffer", /) -> int:
        while True:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:  # another program left the terminal so
                select.select([], [self._descriptor], [])
            except BrokenPipeError:
                return memoryview(data).nbytes  # its reader has gone, e.g. `| head`: that is no failure
            except OSError as failure:
                self.failure = self.failure or failure
                return memoryview(data).nbytes

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)


class Output:
    """The standard output of the process."""

    def __init__(self, raw: _Raw | None = None) -> None:
        self._raw = raw

    def failure(self) -> OSError | None:
        """Write out what is left, and say why something could not be written."""
        sys.stdout.flush()
        return self._raw.failure if self._raw else None


def guard() -> Output:
    """Put guarded streams in the place of Python's own; those of a program that set its own stay."""
    # The next file or socket would get the number of a closed one, and what is printed would go there.
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115  for the whole process
    if sys.stdout is not sys.__stdout__ or sys.stderr is not sys.__stderr__:
        return Output()
    output = _Raw(1)
    sys.stdout = _text(output, sys.stdout, line_buffering=output.isatty())
    sys.stderr = _text(_Raw(2), sys.stderr, line_buffering=True)
    return Output(output)


def _text(raw: _Raw, before: TextIO | None, *, line_buffering: bool) -> TextIO:
    """A text stream; characters that its encoding lacks are spelled out."""
    encoding = before.encoding if before else "utf-8"
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding, errors="backslashreplace", line_buffering=line_buffering
    )


def for_stream(text: str, stream: TextIO) -> str:
    """The text as it is, or visible where the stream is stderr or a terminal."""
    return visible(text) if stream is sys.stderr or stream.isatty() else text


def has_lost_reader() -> bool:
    """Whether whoever read stdout has gone (`| head`): what writes without end may stop."""
    if not stat.S_ISFIFO(os.fstat(1).st_mode):
        return False
    poll = select.poll()
    poll.register(1, 0)
    return any(events & select.POLLERR for _, events in poll.poll(0))
