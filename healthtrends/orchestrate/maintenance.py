"""Maintenance of what is stored, as the commands call it: compact, verify, restage, rejects, replay."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial

from healthtrends.analyze.cube_tables import SHOWN
from healthtrends.errors import DamageFound, HealthTrendsError
from healthtrends.ingest.opt_out_check import check_opt_out
from healthtrends.ingest.quarantine import Reject, RejectFilter, read_rejects
from healthtrends.ingest.repair import FileRepair, RepairResult
from healthtrends.ingest.replay import Replay, ReplaySummary
from healthtrends.ingest.topic_check import check_topic
from healthtrends.ingest.transform import Transform, load_transform
from healthtrends.observe import counted, event, progress
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.more_quality import pseudonym_keys
from healthtrends.orchestrate.run_records import RunHistory
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.publish.check import check_issues
from healthtrends.publish.check_releases import check_releases
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.compact import DayFileCount, compact, days_with_more_files
from healthtrends.storage.file_index import Folder
from healthtrends.storage.layout import ReleaseLayout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.verify import Days, Finding, Proof, Witness, catch_damage, failed, prove
from healthtrends.storage.verify.cubes import check_cubes
from healthtrends.storage.verify.since import prove_since
from healthtrends.storage.verify.stored_witness import keep_witness, newest_witness
from healthtrends.visits.check import check_visits
from healthtrends.visits.resolve import ResolveSummary, resolve


class Compaction:
    """Merges the files of days that have many, under one root.

    A follower adds a file to every date that its batch names, and one of rejects. So the days to look at are
    not those of a run, but those that have many files by the log.
    """

    def __init__(self, log: CommitLog, above: int) -> None:
        """`above`: a run merges days of more files than this; 0: it merges none."""
        self._log = log
        self._above = above

    def merge(self, date: dt.date, folder: Folder = "date") -> tuple[int, int]:
        """Merge a day's files; returns how many there were and are. Raises Superseded, DamageFound."""
        return compact(self._log, date, folder)

    def days_with_more_files(self) -> list[DayFileCount]:
        """List the days to merge; where a run merges none, those of more than one file."""
        return days_with_more_files(self._log.read_state(), self._above or 1)

    def after_run(self, steps: Steps) -> None:
        """Merge every day of too many files, whoever wrote it; a failure is no failure of the run.

        A damaged file leaves its day as it is; after any other failure the rest is left for the next run.
        """
        try:
            for found in self.days_with_more_files() if self._above else ():
                try:
                    steps.run("compact", partial(self._step, found), found.day)
                except DamageFound as damage:
                    _note_failure(damage, found.day)
        except HealthTrendsError as error:
            _note_failure(error)

    def _step(self, found: DayFileCount, step: StepRecord) -> None:
        before, after = self.merge(found.day, found.folder)
        kind = {"date": "record", "ingested": "reject", "received": "fact"}[found.folder]
        step.note = f"{counted(before, f'{kind} file')} became {after}"


def _note_failure(error: HealthTrendsError, day: dt.date | None = None) -> None:
    event("compact.left", date=day.isoformat() if day else "-", reason=error.what)


class Maintenance:
    """Verifies and repairs one root; each operation is tried again as a step of a run is."""

    def __init__(self, dependencies: Dependencies, log: CommitLog, issues: Issues, runs: RunHistory) -> None:
        self._dependencies = dependencies
        self._runs = runs
        self._log = log
        self._issues = issues

    def dates_by_key(self) -> dict[str, list[str]]:
        """List the dates that hold records under each key, by its id; every list of files is read."""
        state, found = self._log.read_state(), dict[str, list[str]]()
        for date in state.files:
            for key in pseudonym_keys(state, date):
                found.setdefault(key, []).append(date)
        return found

    def verify(
        self, days: Days | None, expect: Witness | None = None, *, against_topic: bool = False
    ) -> Proof:
        """Prove the log against the files, the issues and those who saw it, and the topic if asked.

        See `storage.verify`. Raises NothingHere, HdfsUnavailable, and what keeps it from reading the topic;
        the last is a finding beside other faults, which it would hide.
        """
        steps = Steps(self._dependencies.deadline)
        proof = steps.run("verify", lambda _: self._verify(days, expect))
        if against_topic:
            try:
                proof.findings.extend(steps.run("compare with the topic", lambda _: self._compare()))
            except HealthTrendsError as error:
                if all(finding["ok"] for finding in proof.findings):
                    raise
                proof.findings.append(failed("topic", str(error), "verify again when the topic can be read"))
        return proof

    def verify_since(self) -> Proof:
        """Prove what is new since the last proof that found no fault. Raises UsageError, HdfsUnavailable."""
        return Steps(self._dependencies.deadline).run("verify", lambda _: self._verify_since())

    def _verify_since(self) -> Proof:
        log = self._log
        try:
            witness = newest_witness(log)
        except DamageFound as damage:
            return Proof([failed("since", str(damage), damage.next_step)], log.read_state())
        with progress("verify", None, "bytes") as bar:
            news = prove_since(log, witness, bar)
        findings = [*news.findings, *self._published(news.dates)]
        if all(finding["ok"] for finding in findings):
            keep_witness(log, news.state, witness)
        return Proof(findings, news.state)

    def _published(self, days: Days | None) -> list[Finding]:
        """Check issues, releases and cubes."""
        log = self._log
        releases = Issues(self._dependencies.pool, ReleaseLayout(log.layout.root))
        return [
            *catch_damage("issues", lambda: check_issues(log, self._issues, days)),
            *catch_damage("releases", lambda: check_releases(log, releases, days)),
            *catch_damage("cubes", lambda: check_cubes(log, SHOWN, days)),
        ]

    def keep_proof(self, proof: Proof) -> None:
        """Keep a proof of everything for `verify_since`, when it found no fault."""
        if all(finding["ok"] for finding in proof.findings):
            keep_witness(self._log, proof.state)

    def _compare(self) -> list[Finding]:
        with progress("topic", None, "messages") as bar:
            return list(
                catch_damage("topic", lambda: check_topic(self._dependencies.topic(), self._log, bar))
            )

    def _verify(self, days: Days | None, expect: Witness | None) -> Proof:
        log = self._log
        witnesses, runs = self._runs.check()
        with progress("verify", None, "bytes") as bar:
            proof = prove(log, days, bar, witnesses, expect)
        published = self._published(days)
        visits = catch_damage("visits", lambda: check_visits(log, proof.state) if days is None else iter(()))
        return proof._replace(findings=[*proof.findings, *visits, *published, *runs])

    def resolve(self, *, rebuild: bool) -> ResolveSummary:
        """Compute the records of visits from new facts, or from all. Raises Superseded, DamageFound."""
        return run_resolve(Steps(self._dependencies.deadline), self._log, rebuild=rebuild)

    def restage(self, paths: Sequence[str]) -> Iterator[RepairResult]:
        """Restore damaged or missing files from Kafka, one after the other.

        Paths are absolute, below the root, or URLs. Raises UsageError, DataLossRefused, Superseded.
        """
        steps, root = Steps(self._dependencies.deadline), self._dependencies.layout.root
        with progress("restage", None, "messages") as bar:
            job = FileRepair(
                self._dependencies.topic(), self._log, self._dependencies.settings, self._transform(), bar
            )
            files = steps.run("find files", lambda _: job.begin([_absolute(path, root) for path in paths]))
            for file in files:
                yield steps.run("restage", partial(_repair, job, file))

    def rejects(self, reject_filter: RejectFilter, *, content: bool = False) -> Iterator[Reject]:
        """Read rejected messages, oldest file first. Raises as `dated_rejects`."""
        return (reject for _, reject in self.dated_rejects(reject_filter, content=content))

    def dated_rejects(
        self, reject_filter: RejectFilter, *, content: bool = False
    ) -> Iterator[tuple[str, Reject]]:
        """Read them with their days of ingest; with `content` what is encrypted of them is opened.

        Raises DamageFound, and ConfigError for content without its key.
        """
        cipher = self._dependencies.settings.cipher
        state = self._log.recover()
        for file in reject_filter.files(state):
            for _, reject in read_rejects(self._log, file):
                if reject_filter.matches(reject):
                    yield file.date, cipher.open(reject) if content else reject

    def replay(self, reject_filter: RejectFilter, *, dry_run: bool) -> ReplaySummary:
        """Decode rejected messages again and store what passes now. Raises ConfigError, DamageFound."""
        summary = ReplaySummary()
        check_opt_out(self._log, self._log.read_state(), self._dependencies.settings, rejects=False)
        replay = Replay(self._log, self._dependencies.settings, self._transform(), reject_filter)
        steps = Steps(self._dependencies.deadline)
        with progress("replay", None, "messages") as bar:
            steps.run(
                "replay",
                lambda _: replay.run(summary, bar, dry_run=dry_run),
                progress=lambda: summary.commits,
            )
        return summary

    def _transform(self) -> Transform | None:
        name = self._dependencies.transform_name
        return None if name is None else load_transform(name)


def run_resolve(steps: Steps, log: CommitLog, *, rebuild: bool = False) -> ResolveSummary:
    """Compute records from facts, as a step."""

    def work(step: StepRecord) -> ResolveSummary:
        with progress("resolve", None, "facts") as bar:
            done = resolve(log, bar, rebuild=rebuild)
        step.note = (
            f"{counted(done.facts, 'new fact')}: {done.added:,} records in, {done.removed:,} out, "
            f"of {counted(len(done.dates), 'date')}"
        )
        if done.merge_circles:
            event(
                "resolve.merge_circles", merges=done.merge_circles, next="they are left out; correct the feed"
            )
        return done

    return steps.run("resolve", work)


def _repair(job: FileRepair, file: StagedFile, _: StepRecord) -> RepairResult:
    return job.make(file)


def _absolute(path: str, root: str) -> str:
    """Path as the log names it, from a path below the root or a URL of the file system."""
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    return path if path.startswith("/") else f"{root}/{path}"
