"""What a run publishes of a date: its reports, and where they come from."""

import datetime as dt
from dataclasses import dataclass, replace

from healthtrends import clock
from healthtrends.ingest.open_transactions import total
from healthtrends.orchestrate.analysis import ReportBasis
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.erased_dates import newest_tainted
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.more_quality import pseudonym_keys, with_log_lines
from healthtrends.orchestrate.reject_counts import IntakeCounter
from healthtrends.orchestrate.run_records import RunRecord
from healthtrends.orchestrate.signals import SignalFinder
from healthtrends.orchestrate.views import Views
from healthtrends.publish.draft import Wanted
from healthtrends.publish.issue_manifest import IssueState, Provenance
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.context import ReportContext
from healthtrends.reports.registry import longest_look_back, make_reports
from healthtrends.reports.report import Report
from healthtrends.storage.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """Makes the drafts of one run, at one commit number."""

    state: State
    issues: Issues
    inputs: InputDigests
    views: Views
    signals: SignalFinder
    intake: IntakeCounter
    record: RunRecord
    dependencies: Dependencies

    def source(self, date: dt.date, reason: str, basis: ReportBasis) -> Provenance:
        """Say where the reports of a date come from."""
        cube = basis.cube
        self.record.versions[cube.engine] = cube.engine_version
        return Provenance(
            date=date,
            seq=self.state.seq,
            head=self.state.head,
            inputs=self.state.inputs(date.isoformat()),
            days_before=self.inputs.before(date),
            looked_back=longest_look_back(),
            input_records=cube.totals.lines,
            engine=cube.engine,
            engine_version=cube.engine_version,
            codes=self.dependencies.edition.identity,
            run_id=self.record.run_id,
            reason=reason,
            state=self._state_now(date, cube.totals.lines),
            provisional_until=self._open_until(date),
            hidden=self.record.hidden,
            pseudonym_keys=max(1, len(pseudonym_keys(self.state, date.isoformat()))),
            detection=self.signals.source(basis.signals, date),
        )

    def wanted(self, source: Provenance, basis: ReportBasis) -> Wanted:
        """Make the reports of a date."""
        return Wanted(source, self._reports(source, basis), self.tainted(source.date))

    def tainted(self, date: dt.date) -> int:
        """Number of the newest issue that goes, as it tells of somebody who was erased; 0: none does."""
        if self.dependencies.publish.after_erasure != "remove":
            return 0
        return newest_tainted(self.issues, self.state, date)

    def _reports(self, source: Provenance, basis: ReportBasis) -> dict[str, Report]:
        from healthtrends.orchestrate.nowcast import find_nowcast  # noqa: PLC0415  NumPy and SciPy

        date, totals = source.date, basis.cube.totals
        context = ReportContext(
            date,
            totals,
            basis.prior,
            intake=replace(self.intake.count(date), hidden=total(source.hidden)),
            limits=self.dependencies.quality,
            usual_lines=self.inputs.lines_of_same_weekdays(date),
            ends_at=clock.end_of_day(date, self._zone),
            edition=self.dependencies.edition,
            signals=basis.signals,
            nowcast=find_nowcast(self.state, date),
        )
        if self.inputs.digest(date) is not None:
            self.views.cache_day(date, totals)
        reports = make_reports(context)
        return {**reports, "quality": with_log_lines(reports["quality"], self.state, date)}

    def _state_now(self, date: dt.date, records: int) -> IssueState:
        if not records:
            return "empty"
        is_open = self.record.hidden or clock.today(self._zone) <= self._open_until(date)
        return "provisional" if is_open else "final"

    def _open_until(self, date: dt.date) -> dt.date:
        return date + dt.timedelta(days=self.dependencies.quality.provisional_days)

    @property
    def _zone(self) -> str:
        return self.dependencies.settings.source.timezone
