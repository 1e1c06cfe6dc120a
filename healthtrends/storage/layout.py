"""All paths of the data root: records, rejects, reports, cubes, issues and the log."""

import datetime as dt
from dataclasses import dataclass

from healthtrends import runtime

SEQ_DIGITS = 12
ISSUE_DIGITS = 6
SEQS_PER_FOLDER = 1000


def new_nonce() -> str:
    """64 random bits as 16 hex digits: no two attempts to create a file share a name."""
    return runtime.current().nonce()


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below one root, such as `/healthTrend`."""

    root: str
    seqs_per_folder: int = SEQS_PER_FOLDER
    """Manifests of a folder, which is pruned as a whole; the same for all who use the root."""

    @property
    def state(self) -> str:
        """The pipeline's own folder; the underscore hides it from Hive-style readers."""
        return f"{self.root}/_ht"

    @property
    def records(self) -> str:
        """Valid records, one folder a visit date."""
        return f"{self.root}/patient_json"

    @property
    def rejects(self) -> str:
        """Quarantine, one folder a day of ingest."""
        return f"{self.root}/rejects"

    @property
    def facts(self) -> str:
        """Facts of visits and persons, of which records are computed, one folder a day of ingest."""
        return f"{self.root}/facts"

    @property
    def private(self) -> tuple[str, ...]:
        """Folders for the pipeline's user alone: its state, messages as they came, and exact figures."""
        return (self.state, self.rejects, self.facts, f"{self.root}/cube")

    @property
    def commits(self) -> str:
        """The log: one manifest a number, a thousand numbers a folder."""
        return f"{self.state}/log/commits"

    @property
    def snapshots(self) -> str:
        """States of the log, so that a start need not read all of it."""
        return f"{self.state}/log/snapshots"

    @property
    def staging(self) -> str:
        """Files that no commit names yet, one folder an epoch."""
        return f"{self.state}/staging"

    @property
    def runs(self) -> str:
        """Run records."""
        return f"{self.state}/runs"

    @property
    def verified(self) -> str:
        """What whole or partial proofs of the log came to, by commit; `verify --since` goes on from there."""
        return f"{self.state}/verified"

    @property
    def identity(self) -> str:
        """Random name of the root, which a copy of it keeps."""
        return f"{self.state}/root.json"

    @property
    def format(self) -> str:
        """Version of the root's format."""
        return f"{self.state}/format.json"

    @property
    def restoring(self) -> str:
        """Mark of a root whose restore is not finished."""
        return f"{self.state}/restoring.json"

    def aside_of(self, path: str) -> str:
        """Temporary path beside a small file that is written once."""
        return f"{path}-{new_nonce()}.aside"

    def commit(self, seq: int) -> str:
        """Manifest number `seq`."""
        return f"{self.commits}/{self.commit_folder(seq)}/{seq:0{SEQ_DIGITS}d}.json"

    def snapshot(self, seq: int) -> str:
        """Head of the snapshot of state `seq`; its existence is the snapshot."""
        return f"{self.snapshots}/{seq:0{SEQ_DIGITS}d}.json"

    def snapshot_aside(self, seq: int) -> str:
        """Temporary path of a snapshot's head, until it gets its number; no folder is left behind."""
        return f"{self.snapshots}/{seq:0{SEQ_DIGITS}d}-{new_nonce()}.aside"

    def file_list(self, folder: str, day: str, seq: int, nonce: str) -> str:
        """Files of one day as of a snapshot; a folder a month keeps the folders small."""
        return f"{self.state}/log/lists/{folder}={day[:7]}/{day}.{seq:0{SEQ_DIGITS}d}-{nonce}.json"

    def commit_folder(self, seq: int) -> str:
        """Name of the folder that holds manifest `seq`."""
        return f"{seq // self.seqs_per_folder:06d}"

    def staged_by(self, epoch: int) -> str:
        """Folder of all that one writer has not committed yet."""
        return f"{self.staging}/{epoch:0{SEQ_DIGITS}d}"

    def staged(self, epoch: int, nonce: str) -> str:
        """Folder of one batch's files before they are committed."""
        return f"{self.staged_by(epoch)}/{nonce}"

    def aside(self, epoch: int, nonce: str) -> str:
        """Temporary path of a manifest, until it gets its number; deleted with its batch's files."""
        return f"{self.staged(epoch, nonce)}/manifest-{new_nonce()}.json"

    @property
    def removed_days(self) -> str:
        """Files that commits took out of the data, one folder a day (clock date of the commit)."""
        return f"{self.state}/removed"

    def removed(self, day: str, seq: int, path: str) -> str:
        """Path where commit `seq` of `day` keeps a file it removes, until the grace period is over."""
        return f"{self.removed_days}/{day}/{seq:0{SEQ_DIGITS}d}{path.removeprefix(self.root)}"

    def record_file(self, visit_date: str, epoch: int, nonce: str) -> str:
        """Records of one date from one batch."""
        return f"{self.records}/date={visit_date}/part-{epoch:0{SEQ_DIGITS}d}-{nonce}.jsonl"

    def reject_file(self, ingested: str, epoch: int, nonce: str) -> str:
        """Rejects of one batch."""
        return f"{self.rejects}/ingested={ingested}/part-{epoch:0{SEQ_DIGITS}d}-{nonce}.jsonl"

    def facts_file(self, ingested: str, epoch: int, nonce: str) -> str:
        """Facts of one batch."""
        return f"{self.facts}/received={ingested}/part-{epoch:0{SEQ_DIGITS}d}-{nonce}.jsonl"

    def run_record(self, ran_at: dt.datetime, run_id: str) -> str:
        """Record of one run; a folder a month keeps the folders small."""
        return f"{self.runs}/{ran_at:%Y-%m}/{run_id}.json"

    def failed_mark(self, date: dt.date) -> str:
        """Empty file; it exists while the last attempt at a date's reports is a failed one."""
        return f"{self.runs}/failed/date={date}"

    @property
    def reports(self) -> str:
        """Published reports, one folder a report."""
        return f"{self.root}/reports"

    def report(self, name: str, date: dt.date) -> str:
        """Published folder of one report."""
        return f"{self.reports}/{name}/date={date}"

    @property
    def delta_tables(self) -> str:
        """Delta tables of what was released, unless they are kept elsewhere; made of the releases."""
        return f"{self.root}/release_delta"

    @property
    def noisy_releases(self) -> str:
        """Counts with noise, which may leave the house; never beside exact ones."""
        return f"{self.root}/release_dp"

    def noisy_draw(self, number: int) -> str:
        """Noisy counts of a spend, before they are in their folder."""
        return f"{self.state}/noisy_draws/{number:0{ISSUE_DIGITS}d}.json"

    def noisy_release(self, date: dt.date) -> str:
        """Folder of the noisy counts of a date."""
        return f"{self.noisy_releases}/patients_by_diagnosis/date={date}"

    @property
    def older_pages(self) -> str:
        """Folder where earlier versions put the pages; now they lie on the machine that makes them."""
        return f"{self.root}/reports/page"

    @property
    def issued_dates(self) -> str:
        """One folder `date=D` for each date that anything was published of."""
        return f"{self.state}/issues"

    def issues(self, date: dt.date) -> str:
        """All issues ever published of one date."""
        return f"{self.issued_dates}/date={date}"

    def issue(self, date: dt.date, number: int) -> str:
        """Manifest of one issue; its existence is the publication."""
        return f"{self.issues(date)}/{number:0{ISSUE_DIGITS}d}.json"

    def issue_staging(self, date: dt.date) -> str:
        """Folders of issues that are being put in place."""
        return f"{self.issues(date)}/staging"

    def issue_copies(self, date: dt.date) -> str:
        """Immutable copies of a date's issues."""
        return f"{self.issues(date)}/copies"

    def issue_copy(self, date: dt.date, number: int, nonce: str) -> str:
        """Immutable copy of one issue's files: an archive `.zip`, or a folder of an earlier version."""
        return f"{self.issue_copies(date)}/{number:0{ISSUE_DIGITS}d}-{nonce}"

    def cubes(self, date: dt.date) -> str:
        """All that is kept of one date's aggregates."""
        return f"{self.state}/cubes/date={date}"

    def cube_head(self, date: dt.date, digest: str) -> str:
        """Head of the cube of these inputs; its existence is the cube."""
        return f"{self.cubes(date)}/{digest}.json"

    def cube_tables(self, date: dt.date, seq: int, nonce: str) -> str:
        """Folder of one attempt's tables; its head waits there to get its name."""
        return f"{self.cubes(date)}/{seq:0{SEQ_DIGITS}d}-{nonce}"

    def cube_date(self, date: dt.date) -> str:
        """Folder of the newest aggregates of a date for other readers."""
        return f"{self.root}/cube/date={date}"

    def cube_table(self, date: dt.date, grain: str) -> str:
        """The newest aggregates of a date for other readers, one file a grain."""
        return f"{self.cube_date(date)}/{grain}.parquet"


@dataclass(frozen=True, slots=True)
class ReleaseLayout(Layout):
    """Paths of what may leave the house: released reports, and all releases ever made, beside the issues."""

    @property
    def reports(self) -> str:
        """Released reports, one folder a report."""
        return f"{self.root}/release"

    @property
    def issued_dates(self) -> str:
        """One folder `date=D` for each date that anything was released of."""
        return f"{self.state}/releases"
