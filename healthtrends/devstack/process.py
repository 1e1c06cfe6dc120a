"""Child processes that outlive the command that started them, and are found again.

Each runs in its own session, so that Ctrl-C in a terminal does not reach it, writes to a log
file, and leaves a process file with its id and start time: an id alone may belong to someone
else by now.
"""

import contextlib
import os
import queue
import shutil
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import psutil

from healthtrends import clock
from healthtrends.config.permissions import make_folders
from healthtrends.devstack.atomic_files import write_whole
from healthtrends.devstack.java import JavaHome
from healthtrends.errors import DependencyDown

LOG_LINES = 15
SHELL = "/bin/sh"
POLL = 0.05  # seconds between looks at a process that is to start or end
SAME_START = 5.0  # seconds: the computed start time moves when the machine's clock is set
INHERITED = frozenset(
    {
        "PATH", "HOME", "USER", "LOGNAME", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
        "JAVA_HOME", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
    }
)  # fmt: skip
"""Variables that a server gets: what a Java needs on this machine. Passwords and tokens are in others."""


class _Identity(msgspec.Struct, frozen=True):
    """Content of a process file: id, and start in seconds since 1970."""

    pid: int
    created: float


_IDENTITY = msgspec.json.Decoder(_Identity)


class Server:
    """One server process of a stack: started, watched and stopped by files in `folder`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.log = folder / "log" / f"{name}.log"
        self.arguments = folder / "run" / f"{name}.args"
        self.temp = folder / "tmp" / name
        """For its temporary files, such as native libraries that Java unpacks; gone when it stops."""
        self._identity = folder / "run" / f"{name}.json"

    def process(self) -> psutil.Process | None:
        """The running process, or None: never another program that has got the same id."""
        try:
            identity = _IDENTITY.decode(self._identity.read_bytes())
            found = psutil.Process(identity.pid)
            same = abs(found.create_time() - identity.created) < SAME_START
        except (FileNotFoundError, msgspec.DecodeError, psutil.Error):
            return None
        return found if same and _alive(found) and self._is_ours(found) else None

    def start(self, java: JavaHome, arguments: Sequence[str]) -> psutil.Process:
        """Start Java with these arguments, or give the process that runs already.

        Arguments go through a file, because the class path is longer than some systems allow.
        """
        running = self.process() or self._stray()
        if running is None:
            running = psutil.Process(self._spawn(java.java, [*java.options, *arguments]))
            deadline = clock.Deadline(5.0)
            while _alive(running) and not self._is_ours(running) and not deadline.passed():
                time.sleep(0.001)  # the command line is there a moment after the process
        identity = _Identity(running.pid, running.create_time())
        write_whole(self._identity, msgspec.json.encode(identity))
        return running

    def stop(self, seconds: float = 15.0) -> bool:
        """End the process, politely for `seconds`, then by force; False when none was running."""
        running = self.process() or self._stray()
        if running is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                running.send_signal(signal.SIGTERM)
                if not _gone(running, seconds):
                    running.kill()
                    _gone(running, 5.0)
        self._identity.unlink(missing_ok=True)
        shutil.rmtree(self.temp, ignore_errors=True)
        return running is not None

    @property
    def temp_options(self) -> tuple[str, ...]:
        """For Java: temporary files here and not in the machine's folder, and no file of counters there."""
        return (f"-Djava.io.tmpdir={self.temp}", "-XX:-UsePerfData")

    def last_lines(self) -> str:
        """The end of the log, for error messages; the log is of the last start only."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return "no log was written"
        telling = [line for line in lines if not line.startswith("\tat ")]  # Java's stack frames are the rest
        return "\n".join(telling[-LOG_LINES:]) or "its log is empty"

    def _spawn(self, java: Path, arguments: Sequence[str]) -> int:
        make_folders(self.log.parent)
        shutil.rmtree(self.temp, ignore_errors=True)  # of one that was killed
        make_folders(self.temp)
        write_whole(self.arguments, os.fsencode("\n".join(map(_quoted, arguments))))
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".previous.log"))
        output = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        # Not subprocess.Popen: its object would have to be kept, and warns about a child left running.
        return os.posix_spawn(
            SHELL,
            # A shell that becomes Java: to change the mask of this process would change it for all threads.
            [SHELL, "-c", 'umask 077; exec "$0" "$@"', str(java), f"@{self.arguments}"],
            environment() | {"TMPDIR": str(self.temp)},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, self.log, output, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )

    def _stray(self) -> psutil.Process | None:
        """A process of ours without a process file: its starter was killed in between.

        It began after its argument file was written, which is written anew for each start.
        """
        try:
            written = self.arguments.stat().st_mtime
        except FileNotFoundError:
            return None
        return next(
            (
                each
                for each in psutil.process_iter()
                if self._is_ours(each) and each.create_time() > written - SAME_START and _alive(each)
            ),
            None,
        )

    def _is_ours(self, process: psutil.Process) -> bool:
        """Whether it runs as this user, and its command line ends with this server's argument file.

        Any user can start a program with such arguments, and would have it stopped or taken for the server.
        """
        try:
            users = process.uids()
            is_own = (users.real, users.effective) == (os.getuid(), os.geteuid())
            last = (process.cmdline() or [""])[-1]
            # Compared as the system finds them: the path may lead through a link that is elsewhere by now.
            return (
                is_own and last[:1] == "@" and os.path.realpath(last[1:]) == os.path.realpath(self.arguments)
            )
        except psutil.Error:
            return False


def wait_ready(
    servers: Sequence[Server],
    answers: Callable[[], str],
    seconds: float,
    given_up: threading.Event | None = None,
) -> None:
    """Return once `answers` gives ""; otherwise it gives the reason why not yet.

    Returns early, whatever the answer, when `given_up` is set.

    Raises DependencyDown at once when one of the servers has ended, with the last lines of its
    log, and after `seconds` with the last reason; also when `answers` itself never comes back.
    """
    deadline = clock.Deadline(seconds)
    given_up = given_up or threading.Event()
    reason = "no answer"
    answer = _in_background(answers)
    while True:
        with contextlib.suppress(queue.Empty):
            reason = answer.get(timeout=POLL)
            if not reason:
                return
            given_up.wait(POLL)
            answer = _in_background(answers)
        if given_up.is_set():
            return
        if dead := next((server for server in servers if server.process() is None), None):
            raise DependencyDown(
                f"{dead.name} ended while starting", dead.last_lines(), f"its log is {dead.log}"
            )
        if deadline.passed():
            names = " and ".join(server.name for server in servers)
            raise DependencyDown(
                f"{names} not ready after {seconds:.0f} s", reason, f"the logs are in {servers[0].log.parent}"
            )


def environment() -> dict[str, str]:
    """Environment of a server: no secrets, the system's tools on PATH, and names of files in UTF-8.

    HDFS calls bash, ls and df. In the locale C a Java of Linux does not find a file with an accented letter.
    """
    inherited = {name: os.environ[name] for name in INHERITED & os.environ.keys()}
    path = os.pathsep.join(filter(None, (inherited.get("PATH"), os.defpath)))
    return inherited | {"PATH": path, "LC_ALL": "C.UTF-8"}


def _in_background(answers: Callable[[], str]) -> queue.SimpleQueue[str]:
    """Ask on a thread that may be left behind: a client may retry inside long after its server died."""
    answer: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(answers()), daemon=True).start()
    return answer


def _alive(process: psutil.Process) -> bool:
    """False also for a dead child of this process that nobody has collected; collects it."""
    try:
        if not process.is_running():
            return False
        if process.status() != psutil.STATUS_ZOMBIE:
            return True
    except psutil.NoSuchProcess:
        return False
    # Asked for last: a child that dies after an earlier question would be called dead and stay.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    return False


def _gone(process: psutil.Process, seconds: float) -> bool:
    deadline = clock.Deadline(seconds)
    while _alive(process):
        if deadline.passed():
            return False
        time.sleep(POLL)
    return True


def _quoted(argument: str) -> str:
    """One line of a java argument file; quotes so that paths may hold blanks."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
