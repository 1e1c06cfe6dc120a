"""`watch` on a terminal: a process on a pseudo-terminal, with a follower that stores records meanwhile."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[3]
CHILD = [sys.executable, "-m", "tests.unit.watch.watched"]
PATIENCE = 120.0
UP, DOWN, ENTER, ESCAPE = b"\x1b[A", b"\x1b[B", b"\r", b"\x1b"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Watched:
    """The process, and what its terminal has shown so far."""

    def __init__(self, folder: Path) -> None:
        self.outer, self.inner = os.openpty()
        self.resize(24, 110)
        self.before = termios.tcgetattr(self.inner)
        environ = {**os.environ, "TERM": "xterm", "HEALTHTRENDS_NOW": "2025-12-23T08:00:00+00:00"}
        environ = {name: value for name, value in environ.items() if name not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [*CHILD, str(folder)], cwd=REPOSITORY, env=environ, stdin=self.inner, stdout=self.inner,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        self.shown = b""

    def resize(self, lines: int, columns: int) -> None:
        """Give the terminal another size; the kernel tells a process that it controls, here we do."""
        fcntl.ioctl(self.outer, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.outer, keys)

    def screen(self) -> list[str]:
        """Lines of the last drawing, without blanks at their ends."""
        last = self.shown.decode(errors="replace").split("\x1b[H")[-1]
        return [line.rstrip() for line in _CONTROL.sub("", last).split("\r\n")]

    def until(self, *words: str) -> list[str]:
        """Wait until the screen has lines that begin with these."""
        end = time.monotonic() + PATIENCE
        while not all(any(line.startswith(word) for line in self.screen()) for word in words):
            assert time.monotonic() < end, self.screen()
            assert self.process.poll() is None, self.process.stderr.read()
            self.read()
        return self.screen()

    def read(self) -> None:
        """Take what was written."""
        if select.select([self.outer], [], [], 0.1)[0]:
            self.shown += os.read(self.outer, 65536)

    def end(self) -> int:
        """Wait for the end."""
        limit = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < limit, self.screen()
            self.read()
        while select.select([self.outer], [], [], 0)[0]:
            self.read()
        return self.process.returncode

    def is_as_before(self) -> bool:
        """Whether the terminal echoes and shows its cursor and its own text again."""
        return termios.tcgetattr(self.inner) == self.before and self.shown.endswith(b"\x1b[?1049l\x1b[?25h")


@pytest.fixture
def watched(tmp_path):
    found = Watched(tmp_path)
    yield found
    if found.process.poll() is None:
        found.process.kill()
        found.process.wait()
    found.process.stderr.close()
    os.close(found.outer)
    os.close(found.inner)


def test_records_are_seen_as_they_are_stored_and_a_date_is_opened_by_keys(watched):
    """Then another size, and q: the terminal is as it was before."""
    watched.until("lag: 0 messages", "last commit: 6,", "> 2025-12-22  stale")
    watched.press(DOWN)
    watched.until("  2025-12-22  stale", "> 2025-12-19  final")
    watched.press(ENTER)
    watched.until("trend_summary of 2025-12-19, issue 1", "E11           12")
    watched.press(ESCAPE)
    watched.until("> 2025-12-19  final")
    watched.press(UP)
    watched.until("> 2025-12-22  stale")
    watched.resize(9, 60)
    watched.process.send_signal(signal.SIGWINCH)
    watched.until("q quits")
    while len(screen := watched.screen()) != 9:
        watched.read()
    assert max(map(len, screen)) <= 60
    watched.press(b"q")
    assert (watched.end(), watched.is_as_before(), watched.process.stderr.read()) == (0, True, b"")


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_and_the_terminal_is_as_before(watched, number, code):
    """Of a service manager, and Ctrl-C."""
    watched.until("lag: 0 messages")
    watched.process.send_signal(number)
    assert (watched.end(), watched.is_as_before()) == (code, True)


@pytest.mark.long
def test_ctrl_c_of_the_keyboard_is_the_signal(tmp_path):
    """The terminal keeps making it one, in a session of which it is the terminal."""
    script = f"import pty, sys; sys.exit(pty.spawn({[*CHILD, str(tmp_path)]!r}) >> 8)"
    environ = {**os.environ, "TERM": "xterm", "HEALTHTRENDS_NOW": "2025-12-23T08:00:00+00:00"}
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=REPOSITORY, env=environ, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        shown = b""
        while b"lag: 0 messages" not in shown:
            shown += os.read(process.stdout.fileno(), 65536)
        process.stdin.write(b"\x1a\x03")  # Ctrl-Z before it stops nothing
        process.stdin.flush()
        process.stdout.read()
    assert process.returncode == 130


@pytest.mark.long
def test_without_a_terminal_each_look_is_a_block_of_plain_lines(tmp_path):
    """Which ends when its reader has gone (`| head`)."""
    environ = {**os.environ, "HEALTHTRENDS_NOW": "2025-12-23T08:00:00+00:00"}
    with subprocess.Popen(
        [*CHILD, str(tmp_path)], cwd=REPOSITORY, env=environ, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        text = ""
        while text.count("\n\n") < 2:
            text += process.stdout.readline()
        process.stdout.close()
        assert (process.wait(PATIENCE), process.stderr.read()) == (0, "")
    block = text.split("\n\n")[0].splitlines()
    assert [line.partition(" ")[0] for line in block[1:5]] == ["lag:", "rate:", "last", "faults:"]
    assert "\x1b" not in text
