"""A command of the program as a child process: its lines as they come, and what its exit code means."""

import json
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

RUN: Final = ("healthtrends", "run")
DONE, GATE, SERVER_DOWN = 0, 3, 5
_KILLED = (128 + signal.SIGKILL, 128 + signal.SIGTERM)
"""As a shell or a container tells it."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|today|yesterday|latest")
_OF_THE_SCHEDULER = ("AIRFLOW", "_AIRFLOW", "__AIRFLOW", "DAGSTER", "PYTHONPATH", "PYTHONHOME")
"""Variables that the command does not get: secrets of the scheduler, and its Python."""
_STOP_SECONDS = 60.0


def arguments(date: str, last: str | None, config: str | None, command: Sequence[str] = RUN) -> list[str]:
    """Build the command line for a date, or for the range from `date` to `last`.

    Raises ValueError for a text that is no date: it may come from whoever starts the task by hand.
    """
    for each in (date, last):
        if each is not None and not _DATE.fullmatch(each):
            raise ValueError(f"{each!r} is no date: write YYYY-MM-DD, today, yesterday or latest")
    days = [date] if last in (None, date) else ["--from", date, "--to", str(last)]
    return [*command, *days, "--json", *(["--config", config] if config else [])]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    exit_code: int
    """Negative: the number of the signal that ended it."""
    summary: dict[str, Any] = field(default_factory=dict)
    """What it printed as JSON: counts, dates and states, nothing of a patient; empty when there is none."""

    @property
    def is_done(self) -> bool:
        """Whether all is stored and published."""
        return self.exit_code in (DONE, GATE)

    @property
    def has_failed_gate(self) -> bool:
        """Whether a person should look at the numbers before they are used."""
        return self.exit_code == GATE

    @property
    def is_worth_a_retry(self) -> bool:
        """Whether another try may help: a server was down, or the command was killed."""
        return self.exit_code == SERVER_DOWN or self.exit_code < 0 or self.exit_code in _KILLED

    @property
    def text(self) -> str:
        """One line for the scheduler: the exit code, and the first sentence of the error."""
        error = self.summary.get("error") or {}
        what = f": {error['what']}" if error.get("what") else ""
        return f"healthtrends ended with exit code {self.exit_code}{what}"


def not_started(error: Exception) -> str:
    """One line for the scheduler: why nothing was started, and what to do where there is no such program."""
    step = "; name the program by its path in `command`" if isinstance(error, FileNotFoundError) else ""
    return f"healthtrends was not started: {error}{step}"


class Command:
    """A command under way. In a `with` block, what leaves the block early stops it in order."""

    def __init__(self, line: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
        """Start it, without a shell; `environ` is added to the variables of this process. Raises OSError."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_SCHEDULER)
        }
        self._is_asked = False
        """Whether it was asked to end."""
        self._out = tempfile.TemporaryFile()  # noqa: SIM115  closed at the end of the block
        try:
            self._process = subprocess.Popen(
                list(line),
                stdin=subprocess.DEVNULL,
                stdout=self._out,
                stderr=subprocess.PIPE,
                env={**inherited, **(environ or {})},
                start_new_session=True,  # signals reach it by `stop` alone: a second one would cut it off
            )
        except OSError:
            self._out.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        try:
            self._process.communicate(timeout=_STOP_SECONDS)  # it must not wait for a reader of its lines
        except subprocess.TimeoutExpired:
            self._process.kill()  # nothing is lost by that, and nothing done twice
            self._process.communicate()
        finally:
            self._out.close()

    def wait(self, log: Callable[[str], object]) -> Ended:
        """Hand its lines to `log` as they come, until it ends."""
        for line in self._process.stderr or ():
            log(line.decode("utf-8", "replace").rstrip())
        code = self._process.wait()
        self._out.seek(0)
        return Ended(code, _summary(self._out.read()))

    def stop(self) -> None:
        """Ask it to end in order: it commits what it holds. Only once: a second signal would cut it off."""
        if not self._is_asked and self._process.poll() is None:
            self._is_asked = True
            self._process.send_signal(signal.SIGINT)


def _summary(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
