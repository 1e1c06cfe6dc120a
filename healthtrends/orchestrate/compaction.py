"""Merging as the commands do it: a day that was asked for, or all that have too many files.

A follower adds a file to every date that its batch names, and one of rejects; so the days to look at are not
those that somebody runs, but those that the log says are crowded.
"""

import datetime as dt
from functools import partial

from healthtrends.errors import DamageFound, HealthTrendsError
from healthtrends.observe import event
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.storage.compact import DayFileCount, compact, days_with_more_files
from healthtrends.storage.file_index import Folder
from healthtrends.storage.log import CommitLog


class Compaction:
    """Over one root."""

    def __init__(self, log: CommitLog, above: int) -> None:
        """Days of more than `above` files are crowded; 0: a run leaves them."""
        self._log = log
        self._above = above

    def merge(self, date: dt.date, folder: Folder = "date") -> tuple[int, int]:
        """Merge a day's files; returns how many there were and are. Raises Superseded, DamageFound."""
        return compact(self._log, date, folder)

    def days_with_more_files(self) -> list[DayFileCount]:
        """Days to merge; where a run never does, those of more than one file."""
        return days_with_more_files(self._log.read_state(), self._above or 1)

    def after_run(self, steps: Steps) -> None:
        """Merge every crowded day, whoever wrote it; a failure is no failure of the run.

        A damaged file leaves its day as it is; after any other failure the rest is left for the next run.
        """
        try:
            for found in self.days_with_more_files() if self._above else ():
                try:
                    steps.run("compact", partial(self._step, found), found.day)
                except DamageFound as damage:
                    _left(damage, found.day)
        except HealthTrendsError as error:
            _left(error)

    def _step(self, found: DayFileCount, step: StepRecord) -> None:
        before, after = self.merge(found.day, found.folder)
        kind = "record" if found.folder == "date" else "reject"
        step.note = f"{before} {kind} files became {after}"


def _left(error: HealthTrendsError, day: dt.date | None = None) -> None:
    event("compact.left", date=day.isoformat() if day else "-", reason=error.what)
