"""What an issue says of itself: its manifest."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec

from healthtrends import __version__, clock
from healthtrends.icd.edition import BUNDLED
from healthtrends.reports.registry import days_read
from healthtrends.storage.file_names import unfold
from healthtrends.storage.layout import ISSUE_DIGITS, new_nonce
from healthtrends.storage.manifest import digest

VERSION = 2
FOLDERS = 1
"""Last version whose copies are folders, of all files of an issue each."""

IssueState = Literal["final", "provisional", "empty", "unpublished"]
"""`unpublished`: the issue holds no reports; it says that those before it are taken back."""


class IssuedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of an issue."""

    sha256: str
    bytes: int
    held: int | None = None
    """Number of the earlier issue whose copy has these bytes; None: this issue's own."""


class RowChanges(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many rows of a report are not what they were in the issue before."""

    added: int = 0
    removed: int = 0
    changed: int = 0


class DetectionSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the alarms and trends of an issue were found: answer, detector, thresholds."""

    answer: str
    """tested, quiet_feed, too_short or missing; see `healthtrends.model.signals.Answer`."""
    detector: str
    parameters: dict[str, str] = {}
    """Those that were set; the others are the detector's defaults."""
    measure: str = "patients"
    levels: tuple[str, ...] = ()
    min_count: int
    max_p: float
    max_q: float
    syndromes: dict[str, str] = {}
    """Codes of each, by name."""
    tested: int = 0
    """Series that were tested."""
    untested: int = 0
    """Series of which too little is known."""
    days: int = 0
    """Days before the date that say what is usual."""
    known_outbreaks: tuple[str, ...] = ()
    """Those that were left out of baselines: code, first and last day; without a last day it went on."""
    holidays: tuple[str, ...] = ()
    """Those that baselines of models with weekdays left out."""


class ReleaseSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a release was made of an issue. It tells nothing that the released files do not."""

    policy: str
    hidden_below: int
    """Counts from 1 to this, less one, are hidden."""
    issue: int
    """Number of the issue of the house that it was made of."""
    hidden: dict[str, int]
    """How many fields are hidden, by rule."""
    shown: int
    """Fields with a count that are not."""
    records_hidden: float | None
    """Share of the records whose row of `treatment_outcomes` is hidden; None: their sum is."""
    audited: int
    """Hidden counts that the audit looked at; it found none exposed."""
    forced: bool = False
    """Whether the date was still provisional."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the numbers of an issue come from."""

    date: dt.date
    seq: int
    """Commit number whose files were read."""
    head: str | None = None
    """SHA-256 of that commit's manifest; None: an earlier version did not say."""
    inputs: tuple[str, ...]
    """Record files, sorted; in an issue some are ranges, see `storage.file_names`. `input_names` has all."""
    days_before: dict[str, str] = {}
    """What the observed ones of the days before held, as digests by date: some reports tell of them too."""
    windows: dict[str, str] | None = None
    """By report that tells of days before, a digest of what these held, in the place of `days_before`."""
    looked_back: int = 27
    """How many days before the date that is; an earlier version, which did not say, looked at 27."""
    input_records: int
    engine: str
    engine_version: str
    codes: str = BUNDLED
    """Edition of ICD-10 by which codes are grouped and judged: `Edition.identity`."""
    run_id: str
    reason: str
    """Why it was made: missing, stale, failed, asked; or unpublished."""
    state: IssueState
    """When it was published."""
    provisional_until: dt.date | None = None
    """Last day on which more records are to be expected; None: an earlier version did not say."""
    hidden: dict[int, tuple[int, int]] = {}
    """By partition, first offset and offset after the last that an open transaction hid from the run."""
    release: ReleaseSource | None = None
    """Of a release; None: these are exact numbers of the house."""
    pseudonym_keys: int = 1
    """Keys that made the pseudonyms of the date's records; of several, a person counts once under each."""
    detection: DetectionSource | None = None
    """Of alarms and trends; None: an earlier version, or nothing was to be found."""

    @property
    def input_names(self) -> tuple[str, ...]:
        """Record files, sorted; what `done?` compares with the log."""
        return unfold(self.inputs)

    def state_on(self, day: dt.date) -> IssueState:
        """How its numbers count on a day: nothing need be published for them to become final.

        Without any record they are no counts, and no day makes them final.
        """
        if self.state == "unpublished":
            return "unpublished"
        if not self.fed:
            return "empty"
        is_over = self.provisional_until is not None and day > self.provisional_until
        return "final" if is_over else self.state

    def days_before_of(self, report: str) -> dict[str, str]:
        """Those of `days_before` that a report tells of."""
        read = set(self.days_read_by(report))
        return {day: held for day, held in self.days_before.items() if day in read}

    def days_read_by(self, report: str) -> list[str]:
        """Days before the date that a report tells of, observed or not, as far as this issue looked back."""
        backs = (back for back in days_read().get(report, ()) if back <= self.looked_back)
        return [(self.date - dt.timedelta(days=back)).isoformat() for back in backs]

    def condensed(self) -> "Provenance":
        """The same, with digests of days in the place of the days, which `_meta.json` lists."""
        windows = {name: _days_digest(self.days_before_of(name)) for name in days_read()}
        return msgspec.structs.replace(self, days_before={}, windows=windows)

    def has_read(self, report: str, held: Mapping[str, str]) -> bool:
        """Whether a report tells of days before that held just this, by date."""
        if self.windows is None:
            return self.days_before_of(report) == held
        return self.windows.get(report, _days_digest({})) == _days_digest(held)

    @property
    def fed(self) -> bool:
        """Whether any record ever came for the date; without, its zeros are no counts."""
        return self.input_records > 0


class Issue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Issue `number` of all reports of one date."""

    version: int
    number: int
    nonce: str
    published_at: str
    program_version: str
    source: Provenance
    reports: dict[str, IssuedFile]
    attachments: dict[str, IssuedFile] = {}
    """Other files made from the reports, as `folder/name`; they lie in `reports/<folder>/date=D/`."""
    metas: dict[str, IssuedFile] = {}
    """The `_meta.json` beside each report of the own copy, by report; version 1 may not say."""
    previous: str | None = None
    """SHA-256 of the manifest of issue `number` - 1; None: there is none, or it is among `missing`."""
    missing: tuple[int, ...] = ()
    """Numbers before this one that no issue stood at when this was published: deleted, or moved aside."""
    since: int | None = None
    """Issue that `changes` counts from; None: this is the first, or the one before cannot be read."""
    changes: dict[str, RowChanges] = {}
    """By report."""
    retired: int = 0
    """Issues up to this number are deleted, by retention."""
    dropped: int = 0
    """Copies up to this number are deleted, by retention."""
    erased: int = 0
    """Issues up to this number tell of somebody who was erased, and go though a release names one."""
    keeps_issue: bool = False
    """Of a release: retention leaves the issue that it was made of; False: an earlier version made it."""

    @property
    def date(self) -> dt.date:
        """The date it is about."""
        return self.source.date

    @property
    def is_withdrawal(self) -> bool:
        """Whether it takes the reports of its date back, and holds none."""
        return self.source.state == "unpublished"

    @property
    def folder(self) -> str:
        """Name of its staging folder."""
        return f"{self.number:0{ISSUE_DIGITS}d}-{self.nonce}"

    @property
    def moment(self) -> dt.datetime:
        """When it was published, by its publisher's clock."""
        return dt.datetime.fromisoformat(self.published_at)


def new_issue(source: Provenance, reports: Mapping[str, bytes], number: int) -> Issue:
    """Begin issue `number`, now, without attachments and changes."""
    return Issue(
        version=VERSION,
        number=number,
        nonce=new_nonce(),
        published_at=clock.now().isoformat(timespec="milliseconds"),
        program_version=__version__,
        source=source,
        reports={name: describe_file(content) for name, content in reports.items()},
        keeps_issue=source.release is not None,
    )


def withdrawal(date: dt.date, seq: int, head: str | None, run_id: str) -> Provenance:
    """Source of an issue that takes the reports of a date back: it reads nothing."""
    return Provenance(
        date=date,
        seq=seq,
        head=head,
        inputs=(),
        input_records=0,
        engine="none",
        engine_version="",
        run_id=run_id,
        reason="unpublished",
        state="unpublished",
    )


def encode_issue(issue: Issue) -> bytes:
    """Content of the issue's manifest."""
    return msgspec.json.encode(issue) + b"\n"


def _days_digest(held: Mapping[str, str]) -> str:
    lines = "\n".join(f"{day} {digest}" for day, digest in sorted(held.items()))
    return hashlib.blake2b(lines.encode(), digest_size=16).hexdigest()


def describe_file(content: bytes) -> IssuedFile:
    """Digest and length of a file."""
    return IssuedFile(sha256=digest(content), bytes=len(content))
