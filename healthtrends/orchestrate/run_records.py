"""Run records, kept as JSON on HDFS: what was asked, what happened, how it ended.

Each names the head of the log that it saw, and the record saved before it; so records are witnesses of the
log. A record holds a seal of its own content, so that a change is noticed. The hash in the next record covers
it also against somebody who renews the seal.
"""

import datetime as dt
import platform
import posixpath
from collections.abc import Iterator

import msgspec

from healthtrends import __version__, clock
from healthtrends.errors import HealthTrendsError, UsageError
from healthtrends.observe import counted
from healthtrends.orchestrate.alarm_news import NewAlarm
from healthtrends.orchestrate.steps import StepRecord
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.manifest import digest
from healthtrends.storage.root_format import put_whole
from healthtrends.storage.seal import ZEROS, Seal
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import Finding, Witness, failed, parse_witness, passed

# As many are read again; a daily run makes as many in three years, an hourly one in six weeks.
_NEWEST = 1000
_AT_ONCE = 32
_REPAIR = "it was changed; compare it with a backup of the root"


class DateResult(msgspec.Struct):
    """The result of a run for one date."""

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
    skipped: int = 0
    """Messages that are rightly neither stored nor rejected."""
    skips: dict[str, int] = msgspec.field(default_factory=dict)
    """Those by reason code."""
    hidden: dict[int, tuple[int, int]] = msgspec.field(default_factory=dict)
    """By partition, first offset and offset after the last that an open transaction hid from the run."""
    uncounted: int = 0
    """Dates that have records which no run has counted; `backfill` does."""
    quiet_facilities: dict[str, list[str]] = msgspec.field(default_factory=dict)
    """Facilities that usually send, and were silent or far below that, by published date that is over."""
    new_alarms: list[NewAlarm] = msgspec.field(default_factory=list)
    """Alarms that were first published, as far as the alert hook is told of them; none where it is not."""
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


class _Kept(msgspec.Struct):
    """The fields of a run record that the check reads."""

    head: str | None = None
    previous: tuple[str, str] | None = None
    seal: str = ""


class LastRun(msgspec.Struct):
    """The last run, as `status` shows it."""

    run_id: str
    ran_at: str
    exit_code: int
    seconds: float
    stored: int
    rejected: int
    error: dict[str, str] | None = None
    """kind, what, why, next; None: all went well."""
    gates: dict[str, list[str]] = {}
    """By date, lines of the quality report that a gate did not let pass."""
    options: dict[str, object] = {}
    """As they were given; `dates` are those asked for."""


_LAST = msgspec.json.Decoder(LastRun)
_KEPT = msgspec.json.Decoder(_Kept)


class RunHistory:
    """The run records under one root."""

    def __init__(self, pool: StorePool, layout: Layout, seal: Seal) -> None:
        self._pool = pool
        self._layout = layout
        self._seal = seal

    def save(self, record: RunRecord, path: str) -> None:
        """Write a record that names the one before it. Raises OSError, HdfsUnavailable.

        It gets its name when it is whole: a run that ends now takes the hash of what it finds there.
        """
        paths = self._paths(1)
        if paths:
            content = self._pool.store.read(paths[-1])
            record.previous = (posixpath.basename(paths[-1]), digest(content))
        record.seal = f"{self._seal.kind}:{ZEROS}"
        content = msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
        put_whole(self._pool.store, self._layout.aside_of(path), path, self._seal.put(content))

    def older_than(self, first: dt.date) -> list[str]:
        """List the records of runs before a day; names begin with the time."""
        months = [entry.name for entry in self._pool.store.list(self._layout.runs) if entry.name != "failed"]
        return [
            path
            for month in sorted(months)
            if month <= f"{first:%Y-%m}"
            for path in self._of_month(month)
            if posixpath.basename(path) < f"{first:%Y%m%d}"
        ]

    def newest(self) -> dict[str, object] | None:
        """Read how the last run ended; None: none is on record, or its record cannot be read."""
        for path in self._paths(1):
            content = self._read(path)
            try:
                return msgspec.to_builtins(_LAST.decode(content or b""))  # type: ignore[no-any-return]
            except msgspec.DecodeError:
                return None
        return None

    def check(self) -> tuple[list[Witness], list[Finding]]:
        """Read the newest records; return what they saw of the log, and what is wrong with them."""
        paths = self._paths(_NEWEST)
        witnesses: list[Witness] = []
        faults: list[Finding] = []
        hashes: dict[str, str] = {}
        earlier: list[tuple[str, str]] = []
        sealed = keyed = False
        for path, content in zip(paths, self._pool.stream(self._read, paths, _AT_ONCE), strict=True):
            if content is None:
                continue
            hashes[path] = digest(content)
            try:
                kept = _KEPT.decode(content)
                problem = self._problem(content, kept.seal, sealed=sealed, keyed=keyed)
                if kept.head is not None:
                    witnesses.append(parse_witness(kept.head)._replace(file=path))
            except (ValueError, UsageError) as error:
                faults.append(failed("runs", f"it cannot be read, {error}", _REPAIR, path))
                continue
            if problem:
                faults.append(failed("runs", problem, _REPAIR, path))
            sealed = sealed or bool(kept.seal)
            keyed = keyed or kept.seal.startswith("hmac-")
            if kept.previous is not None:
                earlier.append(kept.previous)
        paths_by_name = {posixpath.basename(path): path for path in hashes}
        for name, sha256 in earlier:
            path = paths_by_name.get(name, "")
            if path and hashes[path] != sha256:
                faults.append(failed("runs", "a later run saw another content of it", _REPAIR, path))
        return witnesses, faults or [passed("runs", f"{counted(len(hashes), 'run record')} as saved")]

    def _problem(self, content: bytes, text: str, *, sealed: bool, keyed: bool) -> str | None:
        """Say what is wrong with a seal; one of a key can be checked with that key only."""
        if not text:
            return "it has no seal, as earlier ones have" if sealed else None
        kind, _, seal = text.partition(":")
        if kind != "sha256" and self._seal.key is None:
            return None
        if kind == "sha256" and keyed and self._seal.key is not None:
            return "it is not sealed with the key, as earlier ones are"
        fits = (Seal() if kind == "sha256" else self._seal).fits(content, seal)
        return None if fits else "its seal does not fit its content"

    def _read(self, path: str) -> bytes | None:
        try:
            return self._pool.store.read(path)
        except FileNotFoundError:
            return None

    def _paths(self, most: int) -> list[str]:
        """List the newest records, oldest first; names begin with the time."""
        months = [entry.name for entry in self._pool.store.list(self._layout.runs) if entry.name != "failed"]
        found: list[str] = []
        for month in sorted(months, reverse=True):
            found += reversed(list(self._of_month(month)))
            if len(found) >= most:
                break
        return found[:most][::-1]

    def _of_month(self, month: str) -> Iterator[str]:
        folder = f"{self._layout.runs}/{month}"
        names = (entry.name for entry in self._pool.store.list(folder))
        return (f"{folder}/{name}" for name in names if name.endswith(".json"))
