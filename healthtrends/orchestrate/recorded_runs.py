"""What a run leaves of itself: its record, and what the alert hook is told of it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from healthtrends import clock
from healthtrends.errors import HealthTrendsError, Interrupted, QualityGate
from healthtrends.ingest.settings import IngestSummary
from healthtrends.observe import event, measure
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.quality_gate import check_reject_share
from healthtrends.orchestrate.run_records import RunHistory, RunRecord, describe_error
from healthtrends.storage.log import CommitLog

_INTERRUPTED = Interrupted(
    "the run was interrupted", "somebody pressed Ctrl-C", "The same command goes on from what is stored."
)


class RecordedRuns:
    """Runs of one root, each with its record."""

    def __init__(self, dependencies: Dependencies, log: CommitLog, history: RunHistory) -> None:
        self._dependencies = dependencies
        self._log = log
        self._history = history
        self.index: Iterator[None] = iter(())
        """The write of the index of the pages, when it is under way."""

    def on_record(self, record: RunRecord, work: Callable[[], None], dry_run: bool = False) -> None:
        """Do the work of a run, save its record, and alert when it failed or found new alarms."""
        begin = clock.monotonic()
        try:
            work()
        except HealthTrendsError as error:
            record.fail(error)
        except KeyboardInterrupt:
            record.fail(_INTERRUPTED)
        record.seconds = round(clock.monotonic() - begin, 3)
        record.head = self._log.newest_seen.head_name
        if not dry_run:
            self.save(record)
        list(self.index)
        measure("log.read", seq=self._log.newest_seen.seq)
        if record.error is not None:
            measure("run.failed", what=record.error["what"])
        is_quiet = self._dependencies.alert_quiet_facilities and record.quiet_facilities
        is_failed = record.exit_code not in (0, Interrupted.exit_code)
        if is_failed or record.new_alarms or (is_quiet and not record.exit_code):
            self._dependencies.alert({**record.to_dict(), "steps": len(record.steps), **self._about()})

    def save(self, record: RunRecord) -> None:
        """Save the record of a run; a fault of that is told, and fails no run."""
        path = self._dependencies.layout.run_record(clock.now(), record.run_id)
        try:
            self._history.save(record, path)
        except (HealthTrendsError, OSError) as error:
            event("run.record_not_saved", path=path, error=str(error))

    def check_ingest(self, summary: IngestSummary) -> QualityGate | None:
        """Check whether too many messages of an ingest were rejected; if so, call the alert hook too."""
        try:
            check_reject_share(summary, self._dependencies.quality, "everything valid is stored")
        except QualityGate as gate:
            self._dependencies.alert(
                {
                    **asdict(summary),
                    **self._about(),
                    "exit_code": gate.exit_code,
                    "error": describe_error(gate),
                }
            )
            return gate
        return None

    def _about(self) -> dict[str, Any]:
        """Name the pipeline in an alert."""
        where = self._dependencies.where
        return {
            "title": self._dependencies.pages.title,
            "root": self._dependencies.pages.address,
            "topic": where["kafka"].get("topic", ""),
        }
