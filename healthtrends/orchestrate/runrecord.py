"""The record of one run, kept as JSON on HDFS: what was asked, what happened, how it ended."""

import datetime as dt
import platform

import msgspec

from healthtrends import __version__, clock
from healthtrends.errors import HealthTrendsError
from healthtrends.orchestrate.steps import StepRecord
from healthtrends.storage.layout import new_nonce


class DateResult(msgspec.Struct):
    """What the run left for one date."""

    date: dt.date
    action: str
    """published, up to date, would publish, counted, unpublished."""
    issue: int | None
    """Number of the newest issue; None: none yet."""
    records: int
    """Lines stored for the date."""
    state: str
    """final, provisional, empty, stale, missing, unpublished."""


class RunRecord(msgspec.Struct, kw_only=True):
    """One run from its command line to its exit code."""

    run_id: str
    ran_at: str
    options: dict[str, object]
    steps: list[StepRecord]
    dates: list[DateResult] = msgspec.field(default_factory=list)
    seq: int = 0
    """Commit number the reports read."""
    head: str | None = None
    """`SEQ:HASH` of the newest commit that the run saw; None: an empty log."""
    stored: int = 0
    rejected: int = 0
    reasons: dict[str, int] = msgspec.field(default_factory=dict)
    hidden: dict[int, tuple[int, int]] = msgspec.field(default_factory=dict)
    """By partition, first offset and offset after the last that an open transaction hid from the run."""
    uncounted: int = 0
    """Dates that have records which no run has counted; `backfill` does."""
    gates: dict[str, list[str]] = msgspec.field(default_factory=dict)
    """Lines of the published quality reports, by date, that a gate set to `fail` does not let pass."""
    seconds: float = 0.0
    exit_code: int = 0
    error: dict[str, str] | None = None
    """kind, what, why, next; None: all went well."""
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    previous: tuple[str, str] | None = None
    """Name and SHA-256 of the record saved before; None: there was none."""
    seal: str = ""
    """Over all of the record, with 64 zeros in its place: `sha256:`, or with a key `hmac-sha256:`."""

    def fail(self, error: HealthTrendsError) -> None:
        """Note how the run ended."""
        self.exit_code = error.exit_code
        self.error = describe_error(error)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        found = msgspec.to_builtins(self)
        assert isinstance(found, dict)  # noqa: S101  a struct becomes a dict
        return found


def describe_error(error: HealthTrendsError) -> dict[str, str]:
    """An error as the summaries of runs and ingests have it."""
    return {
        "kind": type(error).__name__,
        "what": error.what,
        "why": error.why,
        "next": error.next_step,
    }


def new_run(options: dict[str, object], steps: list[StepRecord]) -> RunRecord:
    """Begin the record of a run that starts now."""
    ran_at = clock.now()
    return RunRecord(
        # Names of run records are sorted by time, two of one second too.
        run_id=f"{ran_at:%Y%m%dT%H%M%S}{ran_at.microsecond // 1000:03d}-{new_nonce()[:8]}",
        ran_at=ran_at.isoformat(timespec="milliseconds"),
        options=options,
        steps=steps,
        versions={"healthtrends": __version__, "python": platform.python_version()},
    )
