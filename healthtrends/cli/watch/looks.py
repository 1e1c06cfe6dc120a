"""Looks on a thread of its own: the screen answers to keys while a server does not answer.

After a look that found a fault the connections are opened anew: a local stack that was started again has
other ports.
"""

import datetime as dt
import queue
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from healthtrends import clock
from healthtrends.cli.watch.screen import OpenedReport
from healthtrends.errors import ConfigError, HealthTrendsError
from healthtrends.orchestrate.observation import Observation
from healthtrends.orchestrate.observer import HaltedPartitions
from healthtrends.orchestrate.pipeline import Pipeline

REPORT = "trend_summary"
Found = Observation | OpenedReport | Exception
"""What the thread hands over: a look, a report, or a failure that no look can mend."""
OpenPipeline = Callable[[], AbstractContextManager[Pipeline]]

_PATIENCE = 1.0


class Looks:
    """Looks every so many seconds, and reads reports between; `notify` is called from its thread."""

    def __init__(
        self,
        open_pipeline: OpenPipeline,
        halted: HaltedPartitions,
        dates: int,
        every: float,
        notify: Callable[[Found], None],
    ) -> None:
        self._open, self._halted, self._dates, self._every = open_pipeline, halted, dates, every
        self._notify = notify
        self._wanted: queue.SimpleQueue[dt.date | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="watch", daemon=True)
        self._pipeline: Pipeline | None = None

    def start(self) -> None:
        """Begin with the first look."""
        self._thread.start()

    def read(self, date: dt.date) -> None:
        """Ask for the report of a date."""
        self._wanted.put(date)

    def end(self) -> bool:
        """Close the connections; whether that was done, and no call waits for a server any more."""
        self._stop.set()
        self._wanted.put(None)
        self._thread.join(_PATIENCE)
        return not self._thread.is_alive()

    def _work(self) -> None:
        with ExitStack() as closing:
            try:
                while not self._stop.is_set():
                    self._notify(self._look(closing))
                    self._read_until(clock.Deadline(self._every), closing)
            except Exception as error:  # noqa: BLE001  raised by the main thread
                self._notify(error)

    def _read_until(self, end: clock.Deadline, closing: ExitStack) -> None:
        """Read the reports that are asked for until the next look."""
        while not self._stop.is_set():
            try:
                wanted = self._wanted.get(timeout=end.remaining())
            except queue.Empty:
                return
            if wanted is not None:
                self._notify(self._report(wanted, closing))

    def _opened(self, closing: ExitStack) -> Pipeline:
        if self._pipeline is None:
            self._pipeline = closing.enter_context(self._open())
        return self._pipeline

    def _look(self, closing: ExitStack) -> Observation:
        try:
            found = self._opened(closing).observer.look(self._halted, self._dates)
        except ConfigError:
            raise
        except HealthTrendsError as error:  # the local stack does not run
            return Observation(
                clock.now(), clock.monotonic(), {}, faults=(error.with_next_step,), exit_code=error.exit_code
            )
        if not found.is_whole:
            self._pipeline = None
            closing.close()
        return found

    def _report(self, date: dt.date, closing: ExitStack) -> OpenedReport:
        try:
            published = self._opened(closing).published
            issue = published.issue(date)
            report = published.read(issue, REPORT)
        except HealthTrendsError as error:
            return OpenedReport(date, f"{REPORT} of {date}", problem=error.with_next_step)
        except OSError as error:
            return OpenedReport(date, f"{REPORT} of {date}", problem=str(error))
        title = f"{REPORT} of {date}, issue {issue.number}; the page: healthtrends report {date} --open"
        return OpenedReport(date, title, report.column_names, list(report.text_rows()))
